import type { Notebook } from './notebook';

/** A cell's name on the page: its place among the lesson's cells, or that it is the learner's own. */
export function cellName(notebook: Notebook, id: string): string {
	const at = notebook.cells.findIndex((cell) => cell.id === id);
	const upTo = notebook.cells.slice(0, at + 1);
	const number = upTo.filter((cell) => cell.kind === 'lesson').length;
	const last = upTo.findLastIndex((cell) => cell.kind === 'lesson');
	if (at === last) return `Cell ${number}`;
	return `Your cell ${number}${letter(at - last - 1)}`;
}

function letter(index: number): string {
	return index < 26 ? String.fromCharCode(97 + index) : `-${index + 1}`;
}
