import { expect, test } from 'vitest';
import { apply } from './apply';
import type { Outcome } from './cell';
import type { Event } from './event';
import { KERNEL_OFF } from './kernel';
import { newNotebook, type Notebook } from './notebook';
import { cellsToReplay, fatalCell } from './replay';

const LESSON: Event = {
	type: 'lesson-read',
	cells: ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, code: id }))
};
const kernel = (generation: number, phase: 'ready' | 'dead', cell?: string): Event => ({
	type: 'kernel-changed',
	kernel: {
		...KERNEL_OFF,
		phase,
		generation,
		problem: phase === 'dead' ? { code: 'kernel-killed', ...(cell && { detail: { cell } }) } : null
	}
});

function ran(cell: string, outcome: Outcome): readonly Event[] {
	const execution = `${cell}.1`;
	return [
		{ type: 'execution-queued', execution, cell, source: cell, at: 0 },
		{ type: 'execution-started', execution, at: 0 },
		{ type: 'execution-finished', execution, outcome, at: 1 }
	];
}

function after(...events: readonly Event[]): Notebook {
	return [LESSON, ...events].reduce(
		(notebook, event) => apply(notebook, { seq: notebook.seq + 1, event }),
		newNotebook('x')
	);
}

const ids = (notebook: Notebook) => cellsToReplay(notebook).map(({ id }) => id);
const WORK = [
	kernel(1, 'ready'),
	...ran('b', 'ok'),
	kernel(2, 'ready'),
	...ran('a', 'ok'),
	...ran('c', 'error'),
	...ran('e', 'ok'),
	...ran('d', 'aborted')
];

test('what had run in this Python, up to the cell it ended in, in the order of the page', () => {
	const notebook = after(...WORK, kernel(2, 'dead', 'd'));
	expect(fatalCell(notebook)?.id).toBe('d');
	expect(ids(notebook)).toEqual(['a']);
});

test('all of it when no cell was running, or when that cell was deleted', () => {
	expect(ids(after(...WORK, kernel(2, 'dead')))).toEqual(['a', 'e']);
	const deleted = after(...WORK, kernel(2, 'dead', 'gone'));
	expect(fatalCell(deleted)).toBe(null);
	expect(ids(deleted)).toEqual(['a', 'e']);
});

test('one that had run and was asked again, but not reached, is run again too', () => {
	const again: readonly Event[] = [
		{ type: 'execution-queued', execution: 'a.2', cell: 'a', source: 'a', at: 2 },
		{ type: 'execution-finished', execution: 'a.2', outcome: 'aborted', at: 3 }
	];
	expect(ids(after(...WORK, ...again, kernel(2, 'dead')))).toEqual(['a', 'e']);
});

test('nothing while Python lives', () => {
	expect(fatalCell(after(...WORK))).toBe(null);
	expect(ids(after(...WORK))).toEqual([]);
});
