/**
 * A notebook and frames as text for the page. This cannot fail: what cannot be sent gives its place to
 * words, and the page comes up, so that the cell it is in can be deleted.
 */
import type { Cell } from '$lib/notebook/cell';
import type { Notebook } from '$lib/notebook/notebook';
import type { Output } from '$lib/notebook/output';
import { problemWords } from '$lib/notebook/problem';
import type { Frame } from '$lib/protocol/frame';
import { logError } from '../log';
import { wordsOutput } from './bounds';

/** Characters of all outputs together, if they have to be looked at one by one. A text holds twice as much. */
const ROOM = 256_000_000;

export function notebookText(notebook: Notebook): string {
	return textOf(notebook, () => servable(notebook));
}

export function frameText(frame: Frame): string {
	return textOf(frame, () =>
		frame.type === 'snapshot' ? { ...frame, notebook: servable(frame.notebook) } : frame
	);
}

function textOf<Value>(value: Value, otherwise: () => Value): string {
	try {
		return JSON.stringify(value);
	} catch (error) {
		logError(error, 'A notebook could not be sent whole.');
		return JSON.stringify(otherwise());
	}
}

function servable(notebook: Notebook): Notebook {
	const room = { left: ROOM };
	const cells = notebook.cells.map((cell) => servableCell(cell, room));
	const deleted = notebook.deleted.map((cell) => servableCell(cell, room));
	const charts = fits(notebook.charts, room) ? notebook.charts : {};
	return { ...notebook, cells, deleted, charts };
}

function servableCell(cell: Cell, room: { left: number }): Cell {
	const outputs = cell.outputs.map((output) => (fits(output, room) ? output : inPlaceOf(output)));
	return { ...cell, outputs };
}

function inPlaceOf({ key }: Output): Output {
	const detail = { reason: 'it cannot be sent to the page' };
	return { ...wordsOutput(problemWords({ code: 'output-not-recorded', detail })), key };
}

function fits(value: unknown, room: { left: number }): boolean {
	try {
		const size = JSON.stringify(value).length;
		if (size > room.left) return false;
		room.left -= size;
		return true;
	} catch (error) {
		logError(error, 'An output cannot be sent.');
		return false;
	}
}
