import type { Output } from './output';

/** What the cell is doing now. The first of the three things a learner sees of it. */
export type Status = 'ready' | 'queued' | 'running';

/** What became of the last attempt to run it; `null`: it was never asked to, or has not ended. */
export type Fate = 'ok' | 'error' | 'interrupted' | 'cut-off' | 'not-begun';

/**
 * How old what it shows is, whatever became of the last attempt: nothing has run yet; of the run
 * asked for last; of the one before, in the same Python; of a Python that is gone.
 */
export type Age = 'none' | 'last-run' | 'earlier-run' | 'earlier-python';

export type Outcome = 'ok' | 'error' | 'interrupted' | 'aborted';

/** One execution of a cell. Times are milliseconds since 1970. */
export interface Run {
	readonly execution: string;
	/** The text that was sent to the kernel, which may since have been edited. */
	readonly source: string;
	/** Kernel generation (raised by each restart) this run was asked of; once it has begun, ran in. */
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
	/** The last run that was asked for. */
	readonly run: Run | null;
	/** The last one that began, whose outputs these still are, where `run` has not. */
	readonly before?: Run | null;
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

/** The run that the outputs are of; `null`: none has begun yet. */
export function shownRun(cell: Cell): Run | null {
	const { run, before = null } = cell;
	return run && run.startedAt !== null ? run : before;
}

export function fate({ run }: Cell): Fate | null {
	if (run?.outcome !== 'aborted') return run?.outcome ?? null;
	return run.startedAt === null ? 'not-begun' : 'cut-off';
}

/** @param generation of the Python there is now */
export function age(cell: Cell, generation: number): Age {
	const shown = shownRun(cell);
	// A notebook of before that was noted does not say which run its outputs are of, only that it was earlier.
	if (!shown && cell.outputs.length > 0 && cell.run)
		return cell.run.generation === generation ? 'earlier-run' : 'earlier-python';
	if (!shown) return 'none';
	if (shown.generation !== generation) return 'earlier-python';
	return shown === cell.run ? 'last-run' : 'earlier-run';
}

/** The text is no longer the one that ran. */
export function isEdited(cell: Cell): boolean {
	const shown = shownRun(cell);
	return shown !== null && cell.source !== shown.source;
}

export function status(cell: Cell): Status {
	if (!cell.run || cell.run.outcome) return 'ready';
	return cell.run.startedAt === null ? 'queued' : 'running';
}
