import type { Heading } from '$lib/lesson/lesson';
import { shownRun, status } from '$lib/notebook/cell';
import { findCell, type Notebook } from '$lib/notebook/notebook';

export interface Section {
	readonly id: string;
	readonly text: string;
	readonly cells: number;
	/** Cells that were run to their end. */
	readonly ran: number;
	readonly running: boolean;
}

/** The lesson's sections with how far the learner has come in each. */
export function sectionsOf(headings: readonly Heading[], notebook: Notebook): readonly Section[] {
	return headings.map(({ id, text, cells }) => {
		const own = cells.flatMap((cell) => findCell(notebook, cell) ?? []);
		return {
			id,
			text,
			cells: cells.length,
			ran: own.filter((cell) => shownRun(cell)?.outcome === 'ok').length,
			running: own.some((cell) => status(cell) === 'running')
		};
	});
}

/** The scratch cells that stand between a lesson cell and the next one. */
export function scratchBelow(notebook: Notebook, id: string): Notebook['cells'] {
	const at = notebook.cells.findIndex((cell) => cell.id === id);
	if (at < 0) return [];
	const rest = notebook.cells.slice(at + 1);
	const end = rest.findIndex((cell) => cell.kind === 'lesson');
	return end < 0 ? rest : rest.slice(0, end);
}
