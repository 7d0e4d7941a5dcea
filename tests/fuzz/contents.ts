/** What each type of message holds, as a well-behaved kernel would send it, or nearly. */
import { CHART_MIME, METRICS_MIME } from '../../src/lib/notebook/output';
import type { Dice } from './dice';
import { anyText, name, NUMBERS, printed, word } from './texts';
import { fields, type Fields, type Value } from './value';

const PIXEL =
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Few, so that messages meet. */
const IDS: readonly string[] = ['d1', 'd2', 'd3', '__proto__', 'constructor', ''];
const STATES: readonly string[] = ['running', 'finished', 'paused', 'stopped', 'failed'];
const FIELDS: readonly string[] = ['step', 'loss', 'eval_loss', '__proto__', 'toString'];

type Maker = (dice: Dice) => Fields;

export const CONTENTS: Readonly<Record<string, Maker>> = {
	stream: (dice) => ({ name: dice.pick(['stdout', 'stdout', 'stderr']), text: printed(dice) }),
	display_data: shown,
	update_display_data: shown,
	execute_result: (dice) => ({ execution_count: dice.int(9), ...shown(dice) }),
	status: (dice) => ({ execution_state: dice.pick(['busy', 'idle', 'idle', 'starting', 'dead']) }),
	execute_input: (dice) => ({ code: anyText(dice), execution_count: number(dice) }),
	clear_output: (dice) => ({ wait: dice.chance(0.5) }),
	error: (dice) => ({
		ename: dice.chance(0.3) ? 'KeyboardInterrupt' : anyText(dice),
		evalue: anyText(dice),
		traceback: dice.times(dice.int(6), () => printed(dice))
	}),
	input_request: (dice) => ({ prompt: printed(dice), password: dice.chance(0.3) }),
	execute_reply: (dice) => ({
		status: dice.pick(['ok', 'error', 'aborted']),
		execution_count: number(dice),
		payload: dice.times(dice.int(3), () => payload(dice))
	}),
	tuningfork_died: (dice) => ({
		cause: dice.pick(['exit', 'signal', 'fault', 'memory', 'bound', 'disk', 'unknown', 'toString']),
		sure: dice.chance(0.5),
		exit_code: number(dice),
		signal: dice.pick<Value>(['SIGKILL', 'SIGSEGV', '__proto__', null]),
		memory_mb: number(dice),
		bound_mb: number(dice),
		machine_mb: number(dice),
		free_mb: number(dice),
		full: dice.pick<Value>(['disk', 'shared-memory', null]),
		doing: {
			kind: dice.pick(['training', 'loading', 'x']),
			model: name(dice),
			step: number(dice),
			of: number(dice)
		},
		fits: number(dice),
		where: anyText(dice)
	}),
	tuningfork_rest: (dice) => ({
		state: dice.pick(['frozen', 'awake', 'ending', 'ending', 'ended']),
		why: dice.pick(['memory', 'unused']),
		unused_s: number(dice),
		ends_in_s: number(dice)
	}),
	tuningfork_answered: () => ({}),
	comm_open: (dice) => ({ comm_id: name(dice), target_name: name(dice), data: anything(dice) }),
	comm_msg: (dice) => ({ comm_id: name(dice), data: anything(dice) }),
	kernel_info_reply: (dice) => ({ status: 'ok', banner: anyText(dice) }),
	inspect_reply: (dice) => ({ status: 'ok', found: true, data: bundle(dice), metadata: {} }),
	shutdown_reply: () => ({ restart: false }),
	list_subshell_reply: (dice) => ({ subshell_id: [name(dice)] })
};

function shown(dice: Dice): Fields {
	return {
		data: bundle(dice),
		metadata: dice.chance(0.2) ? fields([[mime(dice), anything(dice)]]) : {},
		transient: dice.chance(0.5) ? { display_id: dice.pick(IDS) } : {}
	};
}

function payload(dice: Dice): Value {
	const source = dice.pick(['page', 'page', 'set_next_input', '__proto__']);
	return { source, data: bundle(dice), start: number(dice) };
}

/** A value in the forms that Python offers of it. */
function bundle(dice: Dice): Fields {
	const count = dice.chance(0.7) ? 1 : dice.int(5);
	return fields(dice.times(count, () => form(dice)));
}

function form(dice: Dice): readonly [string, Value] {
	return dice.weigh<readonly [string, Value]>([
		[20, () => ['text/plain', anyText(dice)]],
		[14, () => [METRICS_MIME, metrics(dice)]],
		[12, () => [CHART_MIME, chart(dice)]],
		[
			6,
			() => ['text/html', dice.pick(['<b>a</b>', '<table><tr><td>1', '<svg onload=x>', '</main>'])]
		],
		[6, () => ['application/json', anything(dice)]],
		[4, () => ['text/markdown', anyText(dice)]],
		[4, () => ['text/latex', dice.pick(['$x^2$', '\\frac{', '$$', '\\def\\a{\\a\\a}\\a', 'x'])]],
		[4, () => ['image/png', dice.pick([PIXEL, '', '%%%', PIXEL.slice(0, 30)])]],
		[2, () => ['image/svg+xml', dice.pick(['<svg/>', '<svg><script>1</script></svg>', 'x'])]],
		[3, () => ['application/vnd.vegalite.v5+json', vega(dice)]],
		[1, () => ['application/vnd.jupyter.widget-view+json', { model_id: name(dice) }]],
		[1, () => ['application/javascript', 'document.body.append(1)']],
		[6, () => [mime(dice), anything(dice)]]
	]);
}

function mime(dice: Dice): string {
	return dice.chance(0.5)
		? name(dice)
		: dice.pick(['text/plain', 'image/png', 'text/x-odd', 'a/b']);
}

function metrics(dice: Dice): Value {
	const id = dice.chance(0.8) ? dice.pick(IDS) : name(dice);
	return { chart: id, rows: dice.times(dice.int(5), () => row(dice)) };
}

function row(dice: Dice): Value {
	if (dice.chance(0.1)) return anything(dice);
	const names = dice.times(1 + dice.int(4), () =>
		dice.chance(0.9) ? dice.pick(FIELDS) : name(dice)
	);
	return fields(names.map((it) => [it, dice.chance(0.8) ? number(dice) : anything(dice)]));
}

function chart(dice: Dice): Value {
	return {
		chart: dice.pick(IDS),
		title: anyText(dice),
		description: anyText(dice),
		x: { field: dice.pick(FIELDS), title: word(dice) },
		panels: dice.times(dice.int(4), () => panel(dice)),
		state: dice.pick(STATES),
		progress: dice.chance(0.5)
			? {
					step: number(dice),
					total: number(dice),
					seconds: number(dice),
					seconds_left: number(dice)
				}
			: null,
		summary: dice.chance(0.3) ? anyText(dice) : null
	};
}

function panel(dice: Dice): Value {
	return {
		title: anyText(dice),
		series: dice.times(dice.int(4), () => ({ field: dice.pick(FIELDS), title: word(dice) })),
		rules: dice.times(dice.int(3), () => ({ value: number(dice), title: word(dice) })),
		domain: dice.chance(0.5) ? [number(dice), number(dice)] : null
	};
}

function vega(dice: Dice): Value {
	const values = dice.times(dice.int(6), () => row(dice));
	return {
		data: dice.chance(0.8) ? { values } : { name: name(dice) },
		...(dice.chance(0.3) ? { datasets: fields([[name(dice), values]]) } : {}),
		mark: dice.pick(['line', 'point', 'bar', 'x', '']),
		encoding: { x: { field: dice.pick(FIELDS), type: 'quantitative' }, y: { field: 'loss' } }
	};
}

export function number(dice: Dice): Value {
	if (dice.chance(0.4)) return dice.int(1000);
	return dice.chance(0.9) ? dice.pick(NUMBERS) : dice.pick<Value>(['NaN', '-Infinity', null, '7']);
}

/** Any value at all, small most of the time. */
export function anything(dice: Dice, depth = 0): Value {
	return dice.weigh<Value>([
		[10, () => number(dice)],
		[10, () => anyText(dice)],
		[5, () => dice.pick<Value>([null, true, false, [], {}, ''])],
		[depth < 4 ? 8 : 0, () => dice.times(dice.int(4), () => anything(dice, depth + 1))],
		[
			depth < 4 ? 10 : 0,
			() => fields(dice.times(dice.int(4), () => [name(dice), anything(dice, depth + 1)]))
		],
		[
			0.5,
			() => ({
				$pairs: [
					['a', 1],
					['a', anything(dice, 9)]
				]
			})
		],
		[0.25, () => enormous(dice)]
	]);
}

/** What is too deep, too long or too wide. */
export function enormous(dice: Dice): Value {
	return dice.weigh<Value>([
		[
			3,
			() => ({
				$nest: [dice.pick<Value>([null, 'a', '__proto__']), dice.pick([100, 900, 5000, 100_000])]
			})
		],
		[2, () => ({ $list: [dice.pick<Value>([0, 'x', {}, []]), dice.pick([1000, 100_000])] })],
		[2, () => ({ $names: [dice.pick<Value>([0, 'x']), dice.pick([1000, 20_000])] })],
		[2, () => ({ $repeat: [dice.pick(['x', '\n', '\ud83d', '"', '<']), 1_000_000] })]
	]);
}
