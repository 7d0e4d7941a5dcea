import { describe, expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
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
			effects: [{ type: 'restart' }]
		});
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
});

describe('answer', () => {
	const asked = (password: boolean): Event => ({
		type: 'output-added',
		execution: 'one.a',
		output: { type: 'input', prompt: '?', password, answer: null }
	});
	const command = { type: 'answer', execution: 'one.a', text: 'secret' } as const;

	test('goes to the kernel and into the journal', () => {
		expect(decided(after(queuedOne, startedOne, asked(false)), command)).toEqual({
			ok: true,
			events: [{ type: 'input-answered', execution: 'one.a', answer: 'secret' }],
			effects: [{ type: 'answer', text: 'secret' }]
		});
	});
	test('that is a password goes to the kernel only', () => {
		expect(decided(after(queuedOne, startedOne, asked(true)), command)).toMatchObject({
			events: [{ answer: '' }],
			effects: [{ text: 'secret' }]
		});
	});
	test('that nobody waits for is refused', () => {
		expect(decided(after(), command)).toEqual({ ok: false, problem: { code: 'nothing-asked' } });
	});
});
