import { expect, test } from 'vitest';
import { newCell, type Cell, type Outcome } from '$lib/notebook/cell';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { scratchBelow, sectionsOf } from './sections';

function cell(id: string, kind: Cell['kind'], outcome?: Outcome | null): Cell {
	const fresh = newCell(id, kind, '');
	if (outcome === undefined) return fresh;
	const run = {
		execution: id,
		source: '',
		generation: 1,
		count: 1,
		queuedAt: 0,
		startedAt: 0,
		finishedAt: null,
		outcome
	};
	return { ...fresh, run };
}
const notebook: Notebook = {
	...newNotebook('x'),
	cells: [
		cell('a', 'lesson', 'ok'),
		cell('own1', 'scratch'),
		cell('own2', 'scratch'),
		cell('b', 'lesson', 'error'),
		cell('c', 'lesson', null),
		cell('own3', 'scratch')
	]
};

test('tells how far each section has come', () => {
	const headings = [
		{ id: 'one', text: 'One', cells: ['a', 'b'] },
		{ id: 'two', text: 'Two', cells: ['c'] },
		{ id: 'end', text: 'End', cells: [] }
	];
	expect(sectionsOf(headings, notebook)).toEqual([
		{ id: 'one', text: 'One', cells: 2, ran: 1, running: false },
		{ id: 'two', text: 'Two', cells: 1, ran: 0, running: true },
		{ id: 'end', text: 'End', cells: 0, ran: 0, running: false }
	]);
});

test('finds the cells of the learner below each cell of the lesson', () => {
	const below = (id: string) => scratchBelow(notebook, id).map((one) => one.id);
	expect(['a', 'b', 'c', 'gone'].map(below)).toEqual([['own1', 'own2'], [], ['own3'], []]);
});
