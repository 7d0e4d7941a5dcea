import { shownRun, type Cell } from './cell';
import { findCell, type Notebook } from './notebook';

/** The cell in which Python ended; `null`: none was running, or Python has not ended. */
export function fatalCell(notebook: Notebook): Cell | null {
	const { phase, problem } = notebook.kernel;
	const id = phase === 'dead' ? problem?.detail?.['cell'] : null;
	return (typeof id === 'string' ? findCell(notebook, id) : null) ?? null;
}

/**
 * The cells that bring Python back to where it was when it ended, in the order of the page: those
 * that had run to their end, up to the one it ended in. That one is left to the learner: it would
 * often end Python again, and a training in it can go on from where it was.
 */
export function cellsToReplay(notebook: Notebook): readonly Cell[] {
	const { phase, generation } = notebook.kernel;
	if (phase !== 'dead') return [];
	const fatal = fatalCell(notebook);
	const above = fatal ? notebook.cells.slice(0, notebook.cells.indexOf(fatal)) : notebook.cells;
	return above.filter((cell) => {
		// One that was asked for since and did not begin takes nothing back.
		const run = shownRun(cell);
		return run?.generation === generation && run.outcome === 'ok';
	});
}
