import { describe, expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { KERNEL_OFF, type KernelState } from '$lib/notebook/kernel';
import { cellName } from '$lib/notebook/name';
import { findCell, newNotebook, type Notebook } from '$lib/notebook/notebook';
import { cellLabel, cellWords, durationWords, elapsedWords, kernelWords } from './words';

const READY: KernelState = { ...KERNEL_OFF, phase: 'ready', generation: 1 };
const lesson: Event = {
	type: 'lesson-read',
	cells: ['a', 'b', 'c'].map((id) => ({ id, code: id }))
};
const kernel = (state: Partial<KernelState>): Event => ({
	type: 'kernel-changed',
	kernel: { ...READY, ...state }
});
const queue = (cell: string, at: number): Event => ({
	type: 'execution-queued',
	execution: `run-${cell}`,
	cell,
	source: cell,
	at
});
const start = (cell: string, at: number): Event => ({
	type: 'execution-started',
	execution: `run-${cell}`,
	at
});
const finish = (
	cell: string,
	outcome: 'ok' | 'error' | 'interrupted' | 'aborted',
	at: number
): Event => ({
	type: 'execution-finished',
	execution: `run-${cell}`,
	outcome,
	at
});

function after(...events: readonly Event[]): Notebook {
	return [lesson, kernel({}), ...events].reduce(
		(notebook, event) => apply(notebook, { seq: notebook.seq + 1, event }),
		newNotebook('x')
	);
}

function words(notebook: Notebook, id: string, asked = false): string {
	const cell = findCell(notebook, id);
	return cell ? cellWords(notebook, cell, asked).text : 'no such cell';
}

describe('a cell', () => {
	const ran = [queue('a', 0), start('a', 1000), finish('a', 'ok', 4500)];

	test.each<[string, readonly Event[], string]>([
		['new', [], ''],
		['next in the queue', [queue('b', 0), start('b', 1), queue('a', 2)], 'Next to run'],
		['further back', [queue('b', 0), queue('c', 1), queue('a', 2)], 'Waiting, number 3'],
		['running', [queue('a', 0), start('a', 1)], 'Running'],
		['done', ran, 'Done in 3.5 s'],
		['failed', [queue('a', 0), start('a', 1), finish('a', 'error', 2)], 'Stopped with an error'],
		['interrupted', [queue('a', 0), start('a', 1), finish('a', 'interrupted', 2)], 'Interrupted'],
		['not reached', [queue('a', 0), finish('a', 'aborted', 2)], 'Not run: stopped before its turn'],
		[
			'cut off',
			[queue('a', 0), start('a', 1), finish('a', 'aborted', 2)],
			'Cut off before it finished'
		],
		[
			'edited',
			[...ran, { type: 'cell-edited', cell: 'a', source: 'z', viewer: 'v' }],
			'Edited since it ran'
		],
		['of an earlier Python', [...ran, kernel({ generation: 2 })], 'From before the restart']
	])('%s', (_, events, text) => {
		expect(words(after(...events), 'a')).toBe(text);
	});

	test('asked to run, without an answer yet', () => {
		expect(words(after(), 'a', true)).toBe('Sending…');
	});

	test('waits for Python while it starts', () => {
		expect(words(after(kernel({ phase: 'starting' }), queue('a', 0)), 'a')).toBe(
			'Waiting for Python'
		);
	});

	describe('whose output is old', () => {
		const printed: Event = {
			type: 'output-added',
			execution: 'run-a',
			output: { type: 'display', data: {}, metadata: {}, displayId: null }
		};
		const edit: Event = { type: 'cell-edited', cell: 'a', source: 'z', viewer: 'v' };
		const restart = kernel({ generation: 2 });
		const notReached: readonly Event[] = [
			{ type: 'execution-queued', execution: 'again', cell: 'a', source: 'a', at: 5 },
			{ type: 'execution-finished', execution: 'again', outcome: 'aborted', at: 6 }
		];
		const ended = (outcome: 'ok' | 'error' | 'interrupted' | 'aborted') => [
			queue('a', 0),
			start('a', 1),
			printed,
			finish('a', outcome, 2)
		];
		const waiting = notReached.slice(0, 1);
		const none = 'Not run: stopped before its turn';
		test.each<[readonly Event[], string, string]>([
			[ended('ok'), 'Done', 'finished, output below'],
			[[...ended('ok'), edit], 'Edited since it ran', 'edited since it ran, output below'],
			[
				[...ended('ok'), restart],
				'From before the restart',
				'finished before the restart, output below'
			],
			[
				[...ended('ok'), restart, edit],
				'From before the restart. Edited since',
				'run before the restart and edited since, output below'
			],
			[
				[...ended('error'), restart],
				'Stopped with an error, before the restart',
				'stopped with an error before the restart, output below'
			],
			[
				[...ended('interrupted'), restart],
				'Interrupted, before the restart',
				'interrupted before the restart, output below'
			],
			[
				[...ended('aborted'), restart],
				'Cut off, before the restart',
				'cut off before the restart, output below'
			],
			[
				[...ended('aborted'), restart, edit],
				'Cut off, before the restart. Edited since',
				'run before the restart and edited since, output below'
			],
			[
				[...ended('ok'), ...notReached],
				`${none}. Output of an earlier run`,
				'not run, output of an earlier run below'
			],
			[
				[...ended('ok'), ...notReached, restart],
				`${none}. Output from before the restart`,
				'not run, output from before the restart below'
			],
			[
				[...ended('ok'), ...notReached, restart, edit],
				`${none}. Output from before the restart, edited since`,
				'not run, output from before the restart below'
			],
			[
				[...ended('ok'), restart, ...waiting],
				'Next to run',
				'waiting, output from before the restart below'
			],
			[[...ended('ok'), ...waiting], 'Next to run', 'waiting, output of an earlier run below']
		])('%#', (events, text, label) => {
			const notebook = after(...events);
			expect(words(notebook, 'a')).toBe(text);
			const cell = findCell(notebook, 'a');
			expect(cell && cellLabel(notebook, cell)).toBe(`Code cell 1, ${label}`);
		});
	});

	test('says everything in its label', () => {
		const output: Event = {
			type: 'output-added',
			execution: 'run-a',
			output: { type: 'display', data: {}, metadata: {}, displayId: null }
		};
		const notebook = after(queue('a', 0), start('a', 1), output, finish('a', 'ok', 2));
		const labels = notebook.cells.map((cell) => cellLabel(notebook, cell));
		expect(labels).toEqual([
			'Code cell 1, finished, output below',
			'Code cell 2, not run yet',
			'Code cell 3, not run yet'
		]);
	});

	test('of the learner is named after the cell above', () => {
		const add = (cell: string, below: string): Event => ({
			type: 'cell-added',
			cell,
			after: below,
			source: ''
		});
		const notebook = after(add('own', 'b'), add('second', 'own'));
		expect(notebook.cells.map(({ id }) => cellName(notebook, id))).toEqual([
			'Cell 1',
			'Cell 2',
			'Your cell 2a',
			'Your cell 2b',
			'Cell 3'
		]);
	});
});

describe('the kernel', () => {
	test.each<[readonly Event[], string]>([
		[[], 'Python is ready'],
		[[queue('b', 0), start('b', 1)], 'Running cell 2'],
		[[kernel({ phase: 'off' })], 'Python is not running'],
		[[kernel({ phase: 'starting', stage: 'python' })], 'Starting Python…'],
		[[kernel({ stage: 'library' })], 'Loading the training library, about 5 seconds…'],
		[
			[kernel({ rest: { state: 'frozen', unused: 60, left: null } })],
			'Python rests: the next run wakes it at once'
		],
		[[kernel({ phase: 'dead' })], 'Python has stopped']
	])('%#', (events, text) => {
		expect(kernelWords(after(...events), { type: 'connected' }, 0).text).toBe(text);
	});

	test.each([
		[3, 4, false, 'You are 3rd in line, about 4 seconds'],
		[1, 1, false, 'You are 1st in line, about 1 second'],
		[12, 30, false, 'You are 12th in line, about 30 seconds'],
		[22, 150, false, 'You are 22nd in line, about 3 minutes'],
		[40, null, false, 'You are 40th in line'],
		[2, null, true, 'You are 2nd in line: the computer is short of memory']
	])('waits in the line, at place %i', (place, seconds, shortOfMemory, text) => {
		const line = { place, seconds, shortOfMemory };
		const notebook = after(kernel({ phase: 'starting', stage: 'line', line }));
		expect(kernelWords(notebook, { type: 'connected' }, 0).text).toBe(text);
	});

	test('a lost line comes first, with the seconds that are left', () => {
		const line = { type: 'reconnecting', at: 5000 } as const;
		expect(kernelWords(after(), line, 2500).text).toBe('Reconnecting in 3 s…');
		expect(kernelWords(after(), line, 5001).text).toBe('Reconnecting…');
	});
});

test('durations', () => {
	expect([340, 9_940, 59_900, 61_000, 3_720_000].map(durationWords)).toEqual([
		'0.3 s',
		'9.9 s',
		'59 s',
		'1 min 1 s',
		'1 h 2 min'
	]);
	expect([1_900, 61_000].map(elapsedWords)).toEqual(['1 s', '1 min 1 s']);
});
