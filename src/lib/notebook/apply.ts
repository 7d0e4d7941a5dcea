import { newCell, shownRun, status, type Cell, type Run } from './cell';
import type { Entry, Event } from './event';
import { appendRows } from './metric';
import { chartKey, chartRows, findCell, findExecution, type Notebook } from './notebook';
import { CHART_MIME, type NewOutput, type Output, type StreamName } from './output';
import { EMPTY_SCREEN, patchScreen, type ScreenPatch } from './screen';

const DELETED_KEPT = 50;

/**
 * The notebook after an entry. An entry that is not the next one is a fault of the caller.
 * An event about a cell or execution that is gone changes nothing but the number: it was true when
 * it happened, and what it spoke of has since been deleted.
 */
export function apply(notebook: Notebook, entry: Entry): Notebook {
	if (entry.seq !== notebook.seq + 1) {
		throw new RangeError(`entry ${entry.seq} cannot follow ${notebook.seq}`);
	}
	return { ...change(notebook, entry.event), seq: entry.seq };
}

function change(notebook: Notebook, event: Event): Notebook {
	switch (event.type) {
		case 'lesson-read':
			return readLesson(notebook, event.cells);
		case 'cell-edited':
			return onCell(notebook, event.cell, (cell) => edited(cell, event.source, null));
		case 'cell-reset':
			return onCell(notebook, event.cell, (cell) =>
				edited(cell, cell.original ?? cell.source, cell.source)
			);
		case 'cell-reset-undone':
			return onCell(notebook, event.cell, (cell) =>
				edited(cell, cell.beforeReset ?? cell.source, null)
			);
		case 'cell-added':
			return insert(notebook, newCell(event.cell, 'scratch', event.source), event.after);
		case 'cell-moved':
			return move(notebook, event.cell, event.after);
		case 'cell-deleted':
			return remove(notebook, event.cell);
		case 'cell-restored':
			return restore(notebook, event.cell, event.after);
		case 'kernel-changed':
			return { ...notebook, kernel: event.kernel };
		case 'metrics-appended':
			return appendMetrics(notebook, event);
		case 'display-updated':
			return updateDisplays(notebook, event);
		default:
			return changeRun(notebook, event);
	}
}

type RunEvent = Extract<Event, { readonly execution: string }>;

function changeRun(notebook: Notebook, event: RunEvent): Notebook {
	if (event.type === 'execution-queued') {
		return onCell(notebook, event.cell, (cell) => queued(cell, event, notebook.kernel.generation));
	}
	const cell = findExecution(notebook, event.execution);
	return cell
		? dropLostCharts(
				onCell(notebook, cell.id, (now) => changeCell(now, event, notebook.kernel.generation)),
				event
			)
		: notebook;
}

function changeCell(
	cell: Cell,
	event: Exclude<RunEvent, { type: 'execution-queued' }>,
	generation: number
): Cell {
	switch (event.type) {
		case 'execution-set-beside':
			return withRun(cell, { beside: true });
		case 'execution-pausing':
			return withRun(cell, { pausing: true });
		case 'execution-started':
			return started(cell, event.at, generation);
		case 'execution-counted':
			return withRun(cell, { count: event.count });
		case 'execution-finished':
			return withRun(cell, { outcome: event.outcome, finishedAt: event.at });
		case 'output-added':
			return addOutput(cell, event.output);
		case 'stream-written':
			return writeStream(cell, event.name, event.patch);
		case 'outputs-cleared':
			return event.wait ? { ...cell, clearNext: true } : { ...cell, outputs: [], clearNext: false };
		case 'input-answered':
			return answer(cell, event);
		default:
			// Of a journal that another version wrote.
			return cell;
	}
}

function onCell(notebook: Notebook, id: string, update: (cell: Cell) => Cell): Notebook {
	return {
		...notebook,
		cells: notebook.cells.map((cell) => (cell.id === id ? update(cell) : cell))
	};
}

function edited(cell: Cell, source: string, beforeReset: string | null): Cell {
	return { ...cell, source, beforeReset, revision: cell.revision + 1 };
}

function queued(
	cell: Cell,
	event: Extract<Event, { type: 'execution-queued' }>,
	generation: number
): Cell {
	const run: Run = {
		execution: event.execution,
		source: event.source,
		generation,
		count: null,
		queuedAt: event.at,
		startedAt: null,
		finishedAt: null,
		outcome: null,
		...(event.goOn ? { goOn: true } : {})
	};
	// What is shown stays until this one begins, and is of the run it was of.
	return { ...cell, run, before: shownRun(cell) };
}

function started(cell: Cell, at: number, generation: number): Cell {
	// It may have been asked for while the Python before was still on its way out.
	const begun = withRun(cell, { startedAt: at, generation });
	return { ...begun, before: null, outputs: [], clearNext: false };
}

function withRun(cell: Cell, part: Partial<Run>): Cell {
	return cell.run ? { ...cell, run: { ...cell.run, ...part } } : cell;
}

function addOutput(cell: Cell, output: NewOutput): Cell {
	const outputs = cell.clearNext ? [] : cell.outputs;
	const placed: Output = { ...output, key: cell.nextKey };
	return { ...cell, outputs: [...outputs, placed], clearNext: false, nextKey: cell.nextKey + 1 };
}

function writeStream(cell: Cell, name: StreamName, patch: ScreenPatch): Cell {
	const last = cell.clearNext ? undefined : cell.outputs.at(-1);
	if (last?.type !== 'stream' || last.name !== name) {
		return addOutput(cell, { type: 'stream', name, screen: patchScreen(EMPTY_SCREEN, patch) });
	}
	const written = { ...last, screen: patchScreen(last.screen, patch) };
	return { ...cell, outputs: [...cell.outputs.slice(0, -1), written] };
}

function answer(cell: Cell, event: Extract<Event, { type: 'input-answered' }>): Cell {
	const { question, answer: text } = event;
	const outputs = cell.outputs.map((output) =>
		output.type === 'input' && output.answer === null && output.key === (question ?? output.key)
			? { ...output, answer: output.password ? '•'.repeat(8) : text }
			: output
	);
	return { ...cell, outputs };
}

function insert(notebook: Notebook, cell: Cell, after: string): Notebook {
	const at = notebook.cells.findIndex((other) => other.id === after) + 1;
	return { ...notebook, cells: notebook.cells.toSpliced(at, 0, cell) };
}

function move(notebook: Notebook, id: string, after: string): Notebook {
	const cell = findCell(notebook, id);
	if (!cell) return notebook;
	const cells = notebook.cells.filter((other) => other.id !== id);
	return insert({ ...notebook, cells }, cell, after);
}

function remove(notebook: Notebook, id: string): Notebook {
	const cell = findCell(notebook, id);
	if (!cell) return notebook;
	return {
		...notebook,
		cells: notebook.cells.filter((other) => other.id !== id),
		deleted: [...notebook.deleted, cell].slice(-DELETED_KEPT)
	};
}

function restore(notebook: Notebook, id: string, after: string): Notebook {
	const cell = notebook.deleted.find((other) => other.id === id);
	if (!cell) return notebook;
	const deleted = notebook.deleted.filter((other) => other.id !== id);
	return insert({ ...notebook, deleted }, cell, after);
}

/** New lesson cells take their place; texts the learner never touched follow the lesson. */
function readLesson(
	notebook: Notebook,
	cells: Extract<Event, { type: 'lesson-read' }>['cells']
): Notebook {
	const known = new Map(notebook.cells.map((cell) => [cell.id, cell]));
	const lesson = cells.map(({ id, code }) => {
		const cell = known.get(id);
		if (cell?.kind !== 'lesson') return newCell(id, 'lesson', code);
		if (cell.source !== cell.original) return { ...cell, original: code };
		return cell.original === code
			? cell
			: { ...cell, original: code, source: code, revision: cell.revision + 1 };
	});
	const ids = new Set(cells.map((cell) => cell.id));
	return { ...notebook, cells: followedByOthers(notebook.cells, lesson, ids) };
}

/** Scratch cells stay below the lesson cell they stood under; dropped lesson cells become scratch. */
function followedByOthers(
	before: readonly Cell[],
	lesson: readonly Cell[],
	ids: ReadonlySet<string>
): readonly Cell[] {
	const under = new Map<string, Cell[]>();
	let anchor = '';
	for (const cell of before) {
		if (ids.has(cell.id)) anchor = cell.id;
		else if (cell.kind === 'scratch' || cell.run || cell.source !== cell.original) {
			under.set(anchor, [
				...(under.get(anchor) ?? []),
				{ ...cell, kind: 'scratch', original: null }
			]);
		}
	}
	return [
		...(under.get('') ?? []),
		...lesson.flatMap((cell) => [cell, ...(under.get(cell.id) ?? [])])
	];
}

function appendMetrics(
	notebook: Notebook,
	event: Extract<Event, { type: 'metrics-appended' }>
): Notebook {
	const rows = appendRows(chartRows(notebook.charts, event.chart), event.rows);
	return { ...notebook, charts: { ...notebook.charts, [chartKey(event.chart)]: rows } };
}

function updateDisplays(
	notebook: Notebook,
	event: Extract<Event, { type: 'display-updated' }>
): Notebook {
	const { displayId, data, metadata } = event;
	const isMeant = (output: Output) => 'displayId' in output && output.displayId === displayId;
	const cells = notebook.cells.map((cell) =>
		cell.outputs.some(isMeant)
			? {
					...cell,
					outputs: cell.outputs.map((output) =>
						isMeant(output) && 'displayId' in output ? { ...output, data, metadata } : output
					)
				}
			: cell
	);
	return { ...notebook, cells };
}

/** Rows of charts that no output shows any more are let go. */
function dropLostCharts(notebook: Notebook, event: RunEvent): Notebook {
	if (event.type !== 'execution-started' && event.type !== 'outputs-cleared') return notebook;
	const shown = new Set(
		notebook.cells.flatMap((cell) => cell.outputs.flatMap(chartOf)).map(chartKey)
	);
	const charts = Object.fromEntries(
		Object.entries(notebook.charts).filter(([id]) => shown.has(id))
	);
	return { ...notebook, charts };
}

function chartOf(output: Output): readonly string[] {
	if (output.type !== 'display' && output.type !== 'result') return [];
	const definition = output.data[CHART_MIME];
	const id =
		definition && typeof definition === 'object' && 'chart' in definition ? definition.chart : null;
	return typeof id === 'string' ? [id] : [];
}

/** Is anything queued or running? */
export function isBusy(notebook: Notebook): boolean {
	return notebook.cells.some((cell) => status(cell) !== 'ready');
}
