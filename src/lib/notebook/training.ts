import { isEdited, status, type Cell } from './cell';
import { CHART_MIME, type Output } from './output';

/** How the training of a cell stands: what its live chart said last. */
export interface Training {
	readonly state: string;
	readonly step: number;
	readonly total: number;
}

/** The last training a cell shows; `null`: it shows none. */
export function trainingOf(cell: Cell): Training | null {
	const shown = cell.outputs.flatMap((output) => toTraining(output) ?? []);
	// Two models may be trained at once: what still runs comes first.
	return shown.findLast(({ state }) => state === 'running') ?? shown.at(-1) ?? null;
}

/** It trains now, so that it can be paused. */
export function isTraining(cell: Cell): boolean {
	return status(cell) === 'running' && trainingOf(cell)?.state === 'running';
}

/** Its training ended before its last step and can go on there. */
export function canGoOn(cell: Cell): boolean {
	const training = status(cell) === 'ready' ? trainingOf(cell) : null;
	if (!training || isEdited(cell)) return false;
	// One that says "running" in a cell that does not run was cut off with its Python.
	return ['paused', 'stopped', 'running'].includes(training.state);
}

function toTraining(output: Output): Training | null {
	if (output.type !== 'display' && output.type !== 'result') return null;
	const { state, progress } = object(output.data[CHART_MIME]);
	if (typeof state !== 'string') return null;
	const { step, total } = object(progress);
	return { state, step: number(step), total: number(total) };
}

function number(value: unknown): number {
	return typeof value === 'number' ? value : 0;
}

function object(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
