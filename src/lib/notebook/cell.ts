import type { Output } from './output';

/** How the text of a cell and its last run relate. One of the two axes a learner sees. */
export type Validity = 'new' | 'fresh' | 'edited' | 'stale' | 'aborted';

/** What the cell is doing now. The other axis. */
export type Status = 'ready' | 'queued' | 'running';

export type Outcome = 'ok' | 'error' | 'interrupted' | 'aborted';

/** One execution of a cell. Times are milliseconds since 1970. */
export interface Run {
	readonly execution: string;
	/** The text that was sent to the kernel, which may since have been edited. */
	readonly source: string;
	/** Kernel generation (raised by each restart) this run belongs to. */
	readonly generation: number;
	readonly count: number | null;
	readonly queuedAt: number;
	readonly startedAt: number | null;
	readonly finishedAt: number | null;
	readonly outcome: Outcome | null;
	/** Runs beside the cell that had the kernel, not after it. Absent: in turn, as most do. */
	readonly beside?: true;
	/** The training in it goes on where it was paused. */
	readonly goOn?: true;
	/** Its training has been asked to pause. */
	readonly pausing?: true;
}

export interface Cell {
	readonly id: string;
	readonly kind: 'lesson' | 'scratch';
	readonly source: string;
	/** Raised by each change of `source`; an edit names the revision it was based on. */
	readonly revision: number;
	/** The lesson's own text; `null` for a scratch cell. */
	readonly original: string | null;
	/** What `source` was before the last reset, so that a reset can be undone. */
	readonly beforeReset: string | null;
	readonly run: Run | null;
	readonly outputs: readonly Output[];
	/** `clear_output(wait=True)` was called: the next output replaces all. */
	readonly clearNext: boolean;
	/** Key for the next output; never reused within a cell. */
	readonly nextKey: number;
}

export function newCell(id: string, kind: Cell['kind'], source: string): Cell {
	return {
		id,
		kind,
		source,
		revision: 0,
		original: kind === 'lesson' ? source : null,
		beforeReset: null,
		run: null,
		outputs: [],
		clearNext: false,
		nextKey: 0
	};
}

export function validity(cell: Cell, generation: number): Validity {
	if (!cell.run) return 'new';
	if (cell.run.outcome === 'aborted') return 'aborted';
	if (cell.source !== cell.run.source) return 'edited';
	return cell.run.generation === generation ? 'fresh' : 'stale';
}

export function status(cell: Cell): Status {
	if (!cell.run || cell.run.outcome) return 'ready';
	return cell.run.startedAt === null ? 'queued' : 'running';
}
