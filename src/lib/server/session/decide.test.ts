import { describe, expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { CHART_MIME } from '$lib/notebook/output';
import type { Command } from '$lib/protocol/command';
import { decide } from './decide';

const SOURCE = { viewer: 'v', execution: (cell: string) => `${cell}.x`, now: () => 7 };
const LESSON: Event = {
	type: 'lesson-read',
	cells: [
		{ id: 'one', code: '1' },
		{ id: 'two', code: '2' }
	]
};

function after(...events: readonly Event[]): Notebook {
	return [LESSON, ...events].reduce(
		(now, event) => apply(now, { seq: now.seq + 1, event }),
		newNotebook('01-a')
	);
}

function decided(notebook: Notebook, command: Command) {
	return decide(notebook, command, SOURCE);
}

const queuedOne: Event = {
	type: 'execution-queued',
	execution: 'one.a',
	cell: 'one',
	source: '1',
	at: 1
};
const startedOne: Event = { type: 'execution-started', execution: 'one.a', at: 2 };

describe('edit', () => {
	test('based on the present text', () => {
		expect(decided(after(), { type: 'edit', cell: 'one', source: 'x', base: 0 })).toMatchObject({
			ok: true,
			events: [{ type: 'cell-edited', cell: 'one', source: 'x', viewer: 'v' }]
		});
	});
	test('based on an older text is a conflict, unless both say the same', () => {
		const edited = after({ type: 'cell-edited', cell: 'one', source: 'theirs', viewer: 'w' });
		const mine = { type: 'edit', cell: 'one', base: 0 } as const;
		expect(decided(edited, { ...mine, source: 'mine' })).toEqual({
			ok: false,
			problem: { code: 'edit-conflict' }
		});
		expect(decided(edited, { ...mine, source: 'theirs' })).toMatchObject({ ok: true, events: [] });
	});
});

describe('run', () => {
	test('takes the text along, so that what runs is what is seen', () => {
		const decision = decided(after(), {
			type: 'run',
			cells: [{ cell: 'one', source: 'new' }, { cell: 'two' }]
		});
		expect(decision).toEqual({
			ok: true,
			effects: [],
			events: [
				{ type: 'cell-edited', cell: 'one', source: 'new', viewer: 'v' },
				{ type: 'execution-queued', execution: 'one.x', cell: 'one', source: 'new', at: 7 },
				{ type: 'execution-queued', execution: 'two.x', cell: 'two', source: '2', at: 7 }
			]
		});
	});
	test('leaves a cell alone that waits or runs already', () => {
		expect(decided(after(queuedOne), { type: 'run', cells: [{ cell: 'one' }] })).toMatchObject({
			events: []
		});
	});
	test('is refused when the kernel is dead', () => {
		const kernel = { ...after().kernel, phase: 'dead' } as const;
		const dead = after({ type: 'kernel-changed', kernel });
		expect(decided(dead, { type: 'run', cells: [{ cell: 'one' }] })).toEqual({
			ok: false,
			problem: { code: 'kernel-not-ready' }
		});
	});
});

describe('interrupt and restart', () => {
	const busy = after(queuedOne, startedOne, {
		...queuedOne,
		execution: 'two.a',
		cell: 'two'
	} as Event);
	const aborted = (execution: string): Event => ({
		type: 'execution-finished',
		execution,
		outcome: 'aborted',
		at: 7
	});

	test('interrupt empties the queue and leaves the rest to the kernel', () => {
		expect(decided(busy, { type: 'interrupt' })).toEqual({
			ok: true,
			events: [aborted('two.a')],
			effects: [{ type: 'interrupt' }]
		});
	});
	test('restart ends everything', () => {
		expect(decided(busy, { type: 'restart' })).toEqual({
			ok: true,
			events: [aborted('one.a'), aborted('two.a')],
			effects: [{ type: 'restart', safe: false }]
		});
	});
});

describe('the line of starts', () => {
	const starting = (stage: 'line' | 'python'): Event => ({
		type: 'kernel-changed',
		kernel: { ...after().kernel, phase: 'starting', stage }
	});

	test('is left together with the cells that wait', () => {
		expect(decided(after(starting('line'), queuedOne), { type: 'leave-line' })).toMatchObject({
			events: [{ type: 'execution-finished', execution: 'one.a', outcome: 'aborted' }],
			effects: [{ type: 'leave-line' }]
		});
	});
	test('cannot be left when the turn has come', () => {
		expect(decided(after(starting('python'), queuedOne), { type: 'leave-line' })).toEqual({
			ok: true,
			events: [],
			effects: []
		});
	});
});

describe('beside', () => {
	const waiting: Event = { ...queuedOne, execution: 'two.a', cell: 'two' } as Event;
	const busy = after(queuedOne, startedOne);
	const aside: Event = { type: 'execution-set-beside', execution: 'two.a' };
	const startedTwo: Event = { type: 'execution-started', execution: 'two.a', at: 3 };

	test('a cell that waits no longer does, and one that does not is queued there', () => {
		const command = { type: 'beside', cell: 'two' } as const;
		expect(decided(apply(busy, { seq: busy.seq + 1, event: waiting }), command)).toEqual({
			ok: true,
			events: [aside],
			effects: []
		});
		expect(decided(busy, command)).toMatchObject({
			events: [
				{ type: 'execution-queued', execution: 'two.x' },
				{ type: 'execution-set-beside', execution: 'two.x' }
			]
		});
	});
	test('nothing, a cell just runs; beside a question, it waits', () => {
		const queued = [{ type: 'execution-queued', execution: 'two.x' }];
		const command = { type: 'beside', cell: 'two' } as const;
		expect(decided(after(), command)).toMatchObject({ events: queued });
		const output = { type: 'input', prompt: '?', password: false, answer: null } as const;
		const asking = after(queuedOne, startedOne, {
			type: 'output-added',
			execution: 'one.a',
			output
		});
		expect(decided(asking, command)).toMatchObject({ events: queued });
	});
	test('interrupt means the cell it is given, or all', () => {
		const both = after(queuedOne, startedOne, waiting, aside, startedTwo);
		const side = { type: 'interrupt-beside', execution: 'two.a' };
		const effects = (cell?: string) =>
			decided(both, { type: 'interrupt', ...(cell ? { cell } : {}) });
		expect(effects('two')).toMatchObject({ effects: [side] });
		expect(effects('one')).toMatchObject({ effects: [{ type: 'interrupt' }] });
		expect(effects()).toMatchObject({ effects: [{ type: 'interrupt' }, side] });
	});
	test('interrupt of a cell that waits takes it out and disturbs nothing', () => {
		const queue = after(queuedOne, startedOne, waiting);
		expect(decided(queue, { type: 'interrupt', cell: 'two' })).toMatchObject({
			events: [{ type: 'execution-finished', execution: 'two.a', outcome: 'aborted' }],
			effects: []
		});
	});
	test('restart ends both', () => {
		const both = after(queuedOne, startedOne, waiting, aside, startedTwo);
		expect(decided(both, { type: 'restart' })).toMatchObject({
			events: [{ execution: 'one.a' }, { execution: 'two.a' }]
		});
	});
});

describe('pause and go on', () => {
	const chart = (state: string): Event => ({
		type: 'output-added',
		execution: 'one.a',
		output: {
			type: 'display',
			data: { [CHART_MIME]: { chart: 'c', state, progress: { step: 3, total: 9 } } },
			metadata: {},
			displayId: 'c'
		}
	});

	test('pause asks the kernel and marks what trains', () => {
		expect(decided(after(queuedOne, startedOne, chart('running')), { type: 'pause' })).toEqual({
			ok: true,
			events: [{ type: 'execution-pausing', execution: 'one.a' }],
			effects: [{ type: 'pause' }]
		});
		expect(decided(after(queuedOne, startedOne), { type: 'pause' })).toMatchObject({ events: [] });
	});
	test('going on runs the cell and says so', () => {
		expect(decided(after(), { type: 'go-on', cell: 'one' })).toMatchObject({
			ok: true,
			events: [{ type: 'execution-queued', cell: 'one', source: '1', goOn: true }]
		});
		expect(decided(after(), { type: 'go-on', cell: 'none' })).toMatchObject({ ok: false });
	});
});

describe('cells', () => {
	test('of the lesson can be neither moved nor deleted', () => {
		for (const command of [
			{ type: 'delete', cell: 'one' },
			{ type: 'move', cell: 'one', after: 'two' }
		] as const) {
			expect(decided(after(), command)).toEqual({
				ok: false,
				problem: { code: 'lesson-cell-kept' }
			});
		}
	});
	test('may be added once under one name', () => {
		const add = { type: 'add', cell: 's', after: 'one', source: '' } as const;
		expect(decided(after(), add)).toMatchObject({ events: [{ type: 'cell-added', cell: 's' }] });
		expect(decided(after({ ...add, type: 'cell-added' }), add)).toMatchObject({
			ok: true,
			events: []
		});
	});
	test('is not there twice when it is deleted, added again and restored', () => {
		const add = { type: 'add', cell: 's', after: 'one', source: '' } as const;
		const deleted = after({ ...add, type: 'cell-added' }, { type: 'cell-deleted', cell: 's' });
		expect(decided(deleted, add)).toMatchObject({ ok: true, events: [] });
	});
});

describe('answer', () => {
	const asked = (password: boolean): Event => ({
		type: 'output-added',
		execution: 'one.a',
		output: { type: 'input', prompt: '?', password, answer: null }
	});
	const command = { type: 'answer', execution: 'one.a', question: 0, text: 'secret' } as const;

	test('goes to the kernel and into the journal', () => {
		expect(decided(after(queuedOne, startedOne, asked(false)), command)).toEqual({
			ok: true,
			events: [{ type: 'input-answered', execution: 'one.a', question: 0, answer: 'secret' }],
			effects: [{ type: 'answer', execution: 'one.a', question: 0, text: 'secret' }]
		});
	});
	test('that is a password goes to the kernel only', () => {
		expect(decided(after(queuedOne, startedOne, asked(true)), command)).toMatchObject({
			events: [{ answer: '' }],
			effects: [{ text: 'secret' }]
		});
	});
	test('is for the question that it names, though another is asked by now', () => {
		const twice = after(queuedOne, startedOne, asked(false), asked(false));
		const second = { ...command, question: 1 };
		expect(decided(twice, second)).toMatchObject({ effects: [{ question: 1 }] });
		const first: Event = { type: 'input-answered', execution: 'one.a', question: 0, answer: 'x' };
		const answered = after(queuedOne, startedOne, asked(false), first, asked(false));
		expect(decided(answered, command)).toMatchObject({ problem: { code: 'nothing-asked' } });
	});
	test.each(['interrupted', 'aborted', 'ok'] as const)(
		'to a cell that is over (%s) is refused: another cell may ask by now',
		(outcome) => {
			const over: Event = { type: 'execution-finished', execution: 'one.a', outcome, at: 7 };
			const ended = after(queuedOne, startedOne, asked(false), over);
			expect(decided(ended, command)).toEqual({ ok: false, problem: { code: 'nothing-asked' } });
		}
	);
	test('that nobody waits for is refused', () => {
		expect(decided(after(), command)).toEqual({ ok: false, problem: { code: 'nothing-asked' } });
	});
});
