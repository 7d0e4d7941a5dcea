import { describe, expect, test } from 'vitest';
import { apply } from './apply';
import { age, fate, isEdited, shownRun, status, type Outcome } from './cell';
import type { Event } from './event';
import { findCell, newNotebook, queuedCells, type Notebook } from './notebook';
import { CHART_MIME } from './output';
import { EMPTY_SCREEN } from './screen';
import { writeScreen } from './terminal';

const LESSON: Event = {
	type: 'lesson-read',
	cells: [
		{ id: 'one', code: '1' },
		{ id: 'two', code: '2' }
	]
};

function after(...events: readonly Event[]): Notebook {
	return more(newNotebook('01-a'), ...events);
}

function more(notebook: Notebook, ...events: readonly Event[]): Notebook {
	return events.reduce((now, event) => apply(now, { seq: now.seq + 1, event }), notebook);
}

function queued(cell: string, execution: string, at = 1, source = '1'): Event {
	return { type: 'execution-queued', execution, cell, source, at };
}

function ran(cell: string, execution: string, source = '1'): readonly Event[] {
	return [
		queued(cell, execution, 1, source),
		{ type: 'execution-started', execution, at: 2 },
		{ type: 'execution-counted', execution, count: 1 },
		{ type: 'execution-finished', execution, outcome: 'ok', at: 3 }
	];
}

function printed(execution: string, text: string): Event {
	return {
		type: 'stream-written',
		execution,
		name: 'stdout',
		patch: writeScreen(EMPTY_SCREEN, text)
	};
}

function ids(notebook: Notebook): readonly string[] {
	return notebook.cells.map((cell) => cell.id);
}

test('an entry must be the next one', () => {
	expect(() => apply(newNotebook('01-a'), { seq: 2, event: LESSON })).toThrow(RangeError);
});

describe('what a cell does, what became of its last run, and how old its outputs are', () => {
	const fresh = after(LESSON, ...ran('one', 'one.a'));
	const cell = (notebook: Notebook) => findCell(notebook, 'one') ?? expect.fail();
	const axes = (notebook: Notebook) => [
		status(cell(notebook)),
		fate(cell(notebook)),
		age(cell(notebook), notebook.kernel.generation)
	];
	const edit: Event = { type: 'cell-edited', cell: 'one', source: '11', viewer: 'v' };
	const restart: Event = { type: 'kernel-changed', kernel: { ...fresh.kernel, generation: 1 } };
	const again = queued('one', 'one.b');
	const begun: Event = { type: 'execution-started', execution: 'one.b', at: 5 };
	const ended = (outcome: Outcome): Event => ({
		type: 'execution-finished',
		execution: 'one.b',
		outcome,
		at: 9
	});

	test.each<[string, Notebook, ReturnType<typeof axes>]>([
		['never run', after(LESSON), ['ready', null, 'none']],
		['never run, then asked to', more(after(LESSON), again), ['queued', null, 'none']],
		['run', fresh, ['ready', 'ok', 'last-run']],
		['asked again', more(fresh, again), ['queued', null, 'earlier-run']],
		['runs again', more(fresh, again, begun), ['running', null, 'last-run']],
		['not reached', more(fresh, again, ended('aborted')), ['ready', 'not-begun', 'earlier-run']],
		['cut off', more(fresh, again, begun, ended('aborted')), ['ready', 'cut-off', 'last-run']],
		['failed', more(fresh, again, begun, ended('error')), ['ready', 'error', 'last-run']],
		['run in a Python that is gone', more(fresh, restart), ['ready', 'ok', 'earlier-python']],
		['edited, then restarted', more(fresh, edit, restart), ['ready', 'ok', 'earlier-python']],
		['asked after a restart', more(fresh, restart, again), ['queued', null, 'earlier-python']],
		[
			'stopped before its turn by a restart',
			more(fresh, again, ended('aborted'), restart),
			['ready', 'not-begun', 'earlier-python']
		],
		[
			'twice not reached, over a restart',
			more(fresh, again, ended('aborted'), restart, queued('one', 'one.c')),
			['queued', null, 'earlier-python']
		],
		[
			'asked while Python restarts',
			more(fresh, again, restart, begun),
			['running', null, 'last-run']
		]
	])('%s', (_, notebook, told) => expect(axes(notebook)).toEqual(told));

	test('edited since: against the text whose outputs it shows', () => {
		expect(isEdited(cell(more(fresh, edit)))).toBe(true);
		expect(isEdited(cell(more(fresh, edit, { ...edit, source: '1' })))).toBe(false);
		const notReached = more(fresh, edit, queued('one', 'one.b', 1, '11'), ended('aborted'));
		expect(isEdited(cell(notReached))).toBe(true);
		expect(shownRun(cell(notReached))?.execution).toBe('one.a');
	});

	test('a notebook of before that was noted: its outputs are an earlier run’s at least', () => {
		const notReached = more(fresh, printed('one.a', 'x'), again, ended('aborted'));
		const old = { ...cell(notReached), before: null };
		expect([age(old, 0), age(old, 1)]).toEqual(['earlier-run', 'earlier-python']);
	});
});

describe('outputs', () => {
	const running = after(LESSON, queued('one', 'one.a'), {
		type: 'execution-started',
		execution: 'one.a',
		at: 2
	});
	const outputs = (notebook: Notebook) => findCell(notebook, 'one')?.outputs ?? [];
	const display = (text: string, displayId: string | null = null): Event => ({
		type: 'output-added',
		execution: 'one.a',
		output: { type: 'display', data: { 'text/plain': text }, metadata: {}, displayId }
	});

	test('pieces of one stream are one output; another output ends it', () => {
		const first = more(running, printed('one.a', 'a'));
		expect(outputs(first)).toHaveLength(1);
		expect(outputs(more(first, display('x'), printed('one.a', 'b')))).toHaveLength(3);
	});

	test('clear_output(wait=True) waits for the next output', () => {
		const cleared = more(running, display('old'), {
			type: 'outputs-cleared',
			execution: 'one.a',
			wait: true
		});
		expect(outputs(cleared)).toHaveLength(1);
		expect(outputs(more(cleared, display('new')))).toMatchObject([
			{ data: { 'text/plain': 'new' } }
		]);
	});

	test('clear_output() clears at once', () => {
		const cleared = more(running, display('old'), {
			type: 'outputs-cleared',
			execution: 'one.a',
			wait: false
		});
		expect(outputs(cleared)).toEqual([]);
	});

	test('a display is updated wherever it was shown', () => {
		const other: Event = { ...display('x', 'd'), execution: 'two.a' } as Event;
		const shown = more(running, display('x', 'd'), queued('two', 'two.a'), other);
		const updated = more(shown, {
			type: 'display-updated',
			displayId: 'd',
			data: { 'text/plain': 'y' },
			metadata: {}
		});
		expect(updated.cells.map((cell) => cell.outputs[0])).toMatchObject([
			{ data: { 'text/plain': 'y' } },
			{ data: { 'text/plain': 'y' } }
		]);
	});

	test('keys are never used twice', () => {
		const again = more(running, display('a'), ...ran('one', 'one.b'), queued('one', 'one.c'), {
			...display('b'),
			execution: 'one.c'
		} as Event);
		expect(outputs(again).map((output) => output.key)).toEqual([1]);
	});

	test('a password is journaled as dots', () => {
		const asked: Event = {
			type: 'output-added',
			execution: 'one.a',
			output: { type: 'input', prompt: '?', password: true, answer: null }
		};
		const answered = more(running, asked, {
			type: 'input-answered',
			execution: 'one.a',
			answer: 'secret'
		});
		expect(JSON.stringify(outputs(answered))).not.toContain('secret');
	});

	test('an answer is that of the question which it names', () => {
		const asked: Event = {
			type: 'output-added',
			execution: 'one.a',
			output: { type: 'input', prompt: '?', password: false, answer: null }
		};
		const answered = { type: 'input-answered', execution: 'one.a', answer: 'x' } as const;
		const one = more(running, asked, asked, { ...answered, question: 1 });
		expect(outputs(one)).toMatchObject([{ answer: null }, { answer: 'x' }]);
		expect(outputs(more(running, asked, answered))).toMatchObject([{ answer: 'x' }]);
	});

	test('metric rows go when their chart is run again', () => {
		const chart: Event = {
			type: 'output-added',
			execution: 'one.a',
			output: {
				type: 'display',
				data: { [CHART_MIME]: { chart: 'c' } },
				metadata: {},
				displayId: 'c'
			}
		};
		const rows: Event = { type: 'metrics-appended', chart: 'c', rows: [{ step: 1, loss: 0.5 }] };
		const trained = more(running, chart, rows, { ...rows, rows: [{ step: 2, loss: 'NaN' }] });
		expect(trained.charts).toEqual({
			c: [
				{ step: 1, loss: 0.5 },
				{ step: 2, loss: 'NaN' }
			]
		});
		expect(more(trained, ...ran('one', 'one.b')).charts).toEqual({});
	});
});

describe('scratch cells', () => {
	const added = after(LESSON, { type: 'cell-added', cell: 's', after: 'one', source: 'x' });

	test('stand where they were put', () => expect(ids(added)).toEqual(['one', 's', 'two']));
	test('move', () => {
		expect(ids(more(added, { type: 'cell-moved', cell: 's', after: 'two' }))).toEqual([
			'one',
			'two',
			's'
		]);
	});
	test('a deleted one comes back with its outputs', () => {
		const ranScratch = more(added, ...ran('s', 's.a'), printed('s.a', 'kept'));
		const back = more(
			ranScratch,
			{ type: 'cell-deleted', cell: 's' },
			{ type: 'cell-restored', cell: 's', after: 'two' }
		);
		expect(ids(back)).toEqual(['one', 'two', 's']);
		expect(findCell(back, 's')).toEqual(findCell(ranScratch, 's'));
	});
	test('stay below their lesson cell when the lesson changes', () => {
		const cells = [
			{ id: 'zero', code: '0' },
			{ id: 'one', code: '1' }
		];
		const changed = more(added, ...ran('two', 'two.a', '2'), { type: 'lesson-read', cells });
		expect(ids(changed)).toEqual(['zero', 'one', 's', 'two']);
		expect(findCell(changed, 'two')?.kind).toBe('scratch');
	});
});

describe('texts of a changed lesson', () => {
	const changed: Event = {
		type: 'lesson-read',
		cells: [
			{ id: 'one', code: 'new' },
			{ id: 'two', code: '2' }
		]
	};

	test('replace a text the learner never touched', () => {
		expect(findCell(after(LESSON, changed), 'one')).toMatchObject({
			source: 'new',
			original: 'new'
		});
	});
	test('leave an edited text alone; reset takes the new one and can be undone', () => {
		const edit: Event = { type: 'cell-edited', cell: 'one', source: 'mine', viewer: 'v' };
		const kept = after(LESSON, edit, changed);
		expect(findCell(kept, 'one')).toMatchObject({ source: 'mine', original: 'new' });
		const reset = more(kept, { type: 'cell-reset', cell: 'one' });
		expect(findCell(reset, 'one')?.source).toBe('new');
		expect(findCell(more(reset, { type: 'cell-reset-undone', cell: 'one' }), 'one')?.source).toBe(
			'mine'
		);
	});
});

test('the queue is in the order it was asked for', () => {
	const notebook = after(LESSON, queued('two', 'two.a', 1), queued('one', 'one.a', 2));
	expect(queuedCells(notebook).map((cell) => cell.id)).toEqual(['two', 'one']);
});

test('an event about a cell that is gone changes only the number', () => {
	const notebook = after(LESSON);
	expect(more(notebook, printed('gone.a', 'x'))).toEqual({ ...notebook, seq: 2 });
});
