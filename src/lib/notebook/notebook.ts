/**
 * A running lesson: its cells with what the learner wrote, and everything the kernel answered.
 *
 * `apply(notebook, event)` is the only way it changes, and it is pure: the server applies an event
 * to the truth, each browser applies the same event to its replica. This folder knows nothing of
 * Jupyter, of databases or of the DOM.
 */
import { status, type Cell } from './cell';
import { NAME_LIMIT, own, safeName, shorten } from './foreign';
import { KERNEL_OFF, type KernelState } from './kernel';
import type { MetricRow } from './metric';

export interface Notebook {
	/** Number of the last event applied; 0 before the first. */
	readonly seq: number;
	readonly lesson: string;
	readonly cells: readonly Cell[];
	/** Deleted scratch cells, newest last, so that a deletion can be undone. */
	readonly deleted: readonly Cell[];
	/** Metric rows of the live charts, by chart id. */
	readonly charts: Readonly<Record<string, readonly MetricRow[]>>;
	readonly kernel: KernelState;
}

export function newNotebook(lesson: string): Notebook {
	return { seq: 0, lesson, cells: [], deleted: [], charts: {}, kernel: KERNEL_OFF };
}

const NO_ROWS: readonly MetricRow[] = [];

/** Under which name the rows of a chart are kept. */
export function chartKey(chart: string): string {
	return shorten(safeName(chart), NAME_LIMIT);
}

/** The rows of a chart, whatever its name is. */
export function chartRows(charts: Notebook['charts'], chart: string): readonly MetricRow[] {
	return own(charts, chartKey(chart)) ?? NO_ROWS;
}

export function findCell(notebook: Notebook, id: string): Cell | undefined {
	return notebook.cells.find((cell) => cell.id === id);
}

export function findExecution(notebook: Notebook, execution: string): Cell | undefined {
	return notebook.cells.find((cell) => cell.run?.execution === execution);
}

/**
 * The kernel works on two things at most: cells in their turn, and beside them, one at a time as
 * well, cells that do not wait for it.
 */
export type Track = 'turn' | 'beside';

export function trackOf(cell: Cell): Track {
	return cell.run?.beside ? 'beside' : 'turn';
}

/** The cell the kernel works on now. */
export function runningCell(notebook: Notebook, track: Track = 'turn'): Cell | undefined {
	return notebook.cells.find((cell) => status(cell) === 'running' && trackOf(cell) === track);
}

/** Cells waiting for the kernel, in the order they were asked for. */
export function queuedCells(notebook: Notebook, track: Track = 'turn'): readonly Cell[] {
	return notebook.cells
		.filter((cell) => status(cell) === 'queued' && trackOf(cell) === track)
		.toSorted((a, b) => (a.run?.queuedAt ?? 0) - (b.run?.queuedAt ?? 0));
}
