/** The one thing that can be done with a cell beyond running it, as it stands now. */
import { isEdited, status, type Cell } from '$lib/notebook/cell';
import { cellName } from '$lib/notebook/name';
import { runningCell, trackOf, type Notebook } from '$lib/notebook/notebook';
import { canGoOn, isTraining } from '$lib/notebook/training';

export interface CellAction {
	readonly type: 'beside' | 'pause' | 'pausing' | 'go-on';
	/** What the button says. */
	readonly text: string;
	/** What it is called among the buttons of all cells. */
	readonly label: string;
}

/** @param text what stands in the cell, saved or not */
export function cellAction(notebook: Notebook, cell: Cell, text: string): CellAction | null {
	const name = cellName(notebook, cell.id);
	if (isTraining(cell)) return pauseAction(cell, name);
	if (canGoOn(cell) && !isEdited({ ...cell, source: text })) return goOnAction(name);
	return status(cell) === 'queued' ? besideAction(notebook, cell, name) : null;
}

function pauseAction(cell: Cell, name: string): CellAction {
	return cell.run?.pausing
		? { type: 'pausing', text: 'Pausing…', label: `Pausing… ${name}` }
		: { type: 'pause', text: 'Pause', label: `Pause the training of ${name}` };
}

function goOnAction(name: string): CellAction {
	return { type: 'go-on', text: 'Go on', label: `Go on with the training of ${name}` };
}

/** A cell that asks something has Python's line for answers to itself. */
function besideAction(notebook: Notebook, cell: Cell, name: string): CellAction | null {
	const running = runningCell(notebook);
	if (!running || trackOf(cell) === 'beside' || isAsking(running)) return null;
	const other = isTraining(running) ? 'the training' : cellName(notebook, running.id).toLowerCase();
	return {
		type: 'beside',
		text: `Run beside ${other}`,
		label: `Run beside ${other}: ${name}`
	};
}

function isAsking(cell: Cell): boolean {
	return cell.outputs.some((output) => output.type === 'input' && output.answer === null);
}
