/**
 * A story: what a kernel says and what its learner does meanwhile, in order. It is plain JSON, made from a
 * seed, and what fails can be cut down and told again from a file.
 */
import { anything, CONTENTS, enormous } from './contents';
import { Dice } from './dice';
import { anyText, name } from './texts';
import { fields, isFields, isShort, type Fields, type Value } from './value';

export interface Message {
	readonly do: 'message';
	readonly type: Value;
	readonly parent: Value;
	readonly parentType: Value;
	readonly beside?: true;
	readonly metadata?: Value;
	readonly content: Value;
	/** How its bytes are damaged on the way. */
	readonly damage?: Damage;
}

/** `at`: where, as a share of all bytes. */
export interface Damage {
	readonly kind: 'cut' | 'flip' | 'offset' | 'empty' | 'count';
	readonly at: number;
	readonly value: number;
}

export type Step =
	| Message
	/** What the learner does; see protocol/command.ts. */
	| { readonly do: 'command'; readonly command: Fields }
	/** The page is opened. */
	| { readonly do: 'view' }
	/** The web process begins anew. */
	| { readonly do: 'reopen' }
	/** Everything that waits for a moment's peace is done. */
	| { readonly do: 'rest' };

export const CELLS: readonly string[] = ['data', 'mine', 'before'];
const OWN: readonly string[] = ['own-1', 'own-2', 'own-3'];
const ANY: readonly string[] = [...CELLS, ...CELLS, ...OWN, 'nowhere', '__proto__'];

/** How often each type comes. */
const TYPES: readonly (readonly [number, string])[] = [
	[30, 'stream'],
	[18, 'display_data'],
	[8, 'update_display_data'],
	[6, 'execute_result'],
	[9, 'status'],
	[5, 'execute_input'],
	[5, 'error'],
	[4, 'clear_output'],
	[3, 'input_request'],
	[3, 'execute_reply'],
	[1.5, 'tuningfork_rest'],
	[0.5, 'tuningfork_died']
];
const OTHERS = Object.keys(CONTENTS).filter((type) => !TYPES.some(([, known]) => known === type));

/** @param messages how many of them; what the learner does comes on top */
export function makeStory(seed: number, messages: number): readonly Step[] {
	const dice = new Dice(seed);
	const steps: Step[] = [
		run('data'),
		add('own-1', 'data'),
		say('status', { execution_state: 'busy' })
	];
	let count = 1;
	while (count < messages) {
		const next = scene(dice);
		steps.push(...next);
		count += next.filter((step) => step.do === 'message').length;
	}
	return steps;
}

function scene(dice: Dice): readonly Step[] {
	return dice.weigh<readonly Step[]>([
		[100, () => said(dice)],
		[3, () => twice(dice)],
		[8, () => began(dice)],
		[8, () => [{ do: 'command', command: command(dice) }]],
		[1, () => [{ do: 'rest' }]],
		[0.3, () => [{ do: 'reopen' }, ...restarted(dice)]],
		[1, () => restarted(dice)]
	]);
}

/** A message; after one that may have told the kernel's end there is soon another kernel. */
function said(dice: Dice): readonly Step[] {
	const one = message(dice);
	const ends = one.type === 'tuningfork_died' || one.type === 'tuningfork_rest' || one.damage;
	return ends && dice.chance(0.8) ? [one, ...restarted(dice)] : [one];
}

function restarted(dice: Dice): readonly Step[] {
	return [{ do: 'command', command: { type: 'restart' } }, ...began(dice)];
}

function twice(dice: Dice): readonly Step[] {
	const one = message(dice);
	return dice.times(2 + dice.int(4), () => one);
}

/** A cell is run and its kernel says so, so that what follows belongs to something. */
function began(dice: Dice): readonly Step[] {
	const code = anyText(dice);
	return [
		say('status', { execution_state: 'idle' }),
		run(dice.pick([...CELLS, ...OWN])),
		say('status', { execution_state: 'busy' }),
		say('execute_input', { code, execution_count: dice.int(99) })
	];
}

function message(dice: Dice): Message {
	const type = dice.chance(0.04)
		? dice.pick(OTHERS)
		: dice.weigh(TYPES.map(([weight, it]) => [weight, () => it]));
	const content = CONTENTS[type]?.(dice) ?? {};
	const odd = dice.chance(0.02);
	return {
		do: 'message',
		type: odd ? anything(dice) : type,
		parent: parent(dice),
		parentType: dice.chance(0.97) ? 'execute_request' : anything(dice),
		...(dice.chance(0.05) ? { beside: true } : {}),
		...(dice.chance(0.05) ? { metadata: metadata(dice) } : {}),
		content: dice.chance(0.3) ? mutate(dice, content) : content,
		...(dice.chance(0.02) ? { damage: damage(dice) } : {})
	};
}

function parent(dice: Dice): Value {
	return dice.weigh<Value>([
		[80, () => ({ $run: 0 })],
		[10, () => ({ $run: 1 + dice.int(4) })],
		[3, () => `${dice.pick(ANY)}.foreign-${dice.int(3)}`],
		[2, () => '~library.1'],
		[1, () => anything(dice)],
		[1, () => name(dice)]
	]);
}

function metadata(dice: Dice): Value {
	return dice.weigh<Value>([
		[5, () => fields([[name(dice), anything(dice)]])],
		[2, () => ({ tape: dice.int(3) })],
		[1, () => anything(dice)]
	]);
}

function damage(dice: Dice): Damage {
	const kind = dice.pick<Damage['kind']>(['cut', 'flip', 'offset', 'empty', 'count']);
	return { kind, at: dice.int(1000) / 1000, value: dice.pick([0, 1, 255, 2 ** 31, dice.int(300)]) };
}

/** The value with something in it changed, left out, added or made enormous. */
export function mutate(dice: Dice, value: Value): Value {
	if (isFields(value) && !isShort(value) && Object.keys(value).length > 0 && dice.chance(0.8)) {
		const names = Object.keys(value);
		const at = names[dice.int(names.length)] ?? '';
		if (dice.chance(0.15)) return fields(Object.entries(value).filter(([it]) => it !== at));
		if (dice.chance(0.15)) return fields([...Object.entries(value), [name(dice), anything(dice)]]);
		return fields(
			Object.entries(value).map(([it, old]) => {
				if (it !== at) return [it, old];
				return dice.chance(0.1) ? [name(dice), old] : [it, mutate(dice, old)];
			})
		);
	}
	if (Array.isArray(value) && value.length > 0 && dice.chance(0.7)) {
		const at = dice.int(value.length);
		return value.map((it: Value, index) => (index === at ? mutate(dice, it) : it));
	}
	return dice.chance(0.03) ? enormous(dice) : anything(dice);
}

function command(dice: Dice): Fields {
	const cell = dice.pick(ANY);
	return dice.weigh<Fields>([
		[
			6,
			() => ({ type: 'run', cells: dice.times(1 + dice.int(3), () => ({ cell: dice.pick(ANY) })) })
		],
		[2, () => ({ type: 'beside', cell })],
		[4, () => ({ type: 'edit', cell, source: anyText(dice), base: dice.int(4) })],
		[
			4,
			() => ({ type: 'add', cell: dice.pick(OWN), after: dice.pick(ANY), source: anyText(dice) })
		],
		[2, () => ({ type: 'move', cell: dice.pick(OWN), after: dice.pick(ANY) })],
		[3, () => ({ type: 'delete', cell: dice.pick(OWN) })],
		[3, () => ({ type: 'restore', cell: dice.pick(OWN), after: dice.pick(ANY) })],
		[1, () => ({ type: 'reset', cell })],
		[1, () => ({ type: 'undo-reset', cell })],
		[2, () => ({ type: 'interrupt' })],
		[1, () => ({ type: 'interrupt', cell })],
		[1, () => ({ type: 'pause' })],
		[1, () => ({ type: 'go-on', cell })],
		[1, () => ({ type: 'stay' })],
		[1, () => ({ type: 'leave-line' })],
		[
			2,
			() => ({ type: 'answer', execution: { $run: 0 }, question: dice.int(9), text: anyText(dice) })
		]
	]);
}

function run(cell: string): Step {
	return { do: 'command', command: { type: 'run', cells: [{ cell }] } };
}

function add(cell: string, after: string): Step {
	return { do: 'command', command: { type: 'add', cell, after, source: '' } };
}

/** A message as it should be, of the execution asked for last. */
function say(type: string, content: Fields): Message {
	return { do: 'message', type, parent: { $run: 0 }, parentType: 'execute_request', content };
}
