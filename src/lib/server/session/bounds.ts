/**
 * How much a lesson may hold. Pure. Memory, journal and page are everybody's: one cell must not take
 * them all. What is over a bound is told in its place, once, in words for the learner.
 */
import { apply } from '$lib/notebook/apply';
import type { Cell } from '$lib/notebook/cell';
import type { Entry, Event } from '$lib/notebook/event';
import { NAME_LIMIT, isObject, safeName, shorten } from '$lib/notebook/foreign';
import { weightOf, type MetricRow } from '$lib/notebook/metric';
import { chartKey, chartRows, findExecution, type Notebook } from '$lib/notebook/notebook';
import type { NewOutput, Output } from '$lib/notebook/output';
import { problemWords, type Problem } from '$lib/notebook/problem';
import type { KernelMessage } from '../jupyter/port';

/** An output larger than this is told instead of kept. Characters of JSON. */
export const OUTPUT_LIMIT = 16_000_000;
/** Outputs of one cell; errors and questions may be a few more. */
export const OUTPUTS_LIMIT = 2000;
const SPARE = 100;
/** Letters in all outputs of one cell, and of a lesson. */
export const CELL_LIMIT = 48_000_000;
export const LESSON_LIMIT = 192_000_000;
/** An error or a question this short is always let in. */
const SHORT = 1_000_000;

export const CHARTS_LIMIT = 100;
export const ROWS_LIMIT = 100_000;
/** Letters in the rows of all charts. */
const CHARTS_WEIGHT = 48_000_000;
const FIELDS_LIMIT = 100;
const VALUE_LIMIT = 100;

/** Letters in all texts of all cells, and cells. A page may say each letter in seven. */
export const TEXTS_LIMIT = 8_000_000;
export const CELLS_LIMIT = 500;
/** A text this short is always taken, so that a full lesson can be worked in. */
const SHORT_TEXT = 4000;
/** Letters in outputs and charts with which a page begins; more are sent once it watches. */
const PAGE_LIMIT = 16_000_000;

export const MESSAGE_LIMIT = 10_000;
/** Frames of a traceback: the first ones say where it began, the last ones where it went wrong. */
export const FRAMES_LIMIT = 100;
const FIRST_FRAMES = 20;
const FRAME_LIMIT = 20_000;

const sizes = new WeakMap<object, number>();

function remembered<Value extends object>(value: Value, measure: (value: Value) => number): number {
	const known = sizes.get(value);
	if (known !== undefined) return known;
	const size = measure(value);
	sizes.set(value, size);
	return size;
}

/** Letters in a value of JSON, roughly. */
export function sizeOf(value: unknown): number {
	if (typeof value === 'string') return value.length + 2;
	if (typeof value !== 'object' || value === null) return 8;
	let size = 2;
	for (const [name, item] of Object.entries(value)) size += name.length + sizeOf(item);
	return size;
}

export function entrySize(entry: Entry): number {
	return remembered(entry, sizeOf);
}

function cellSize(cell: Cell): number {
	return remembered(cell, ({ outputs }) =>
		outputs.reduce((sum, output) => sum + remembered(output, sizeOf), 0)
	);
}

export function lessonSize({ cells, deleted }: Notebook): number {
	return [...cells, ...deleted].reduce((sum, cell) => sum + cellSize(cell), 0);
}

/** Is there room for what a command changes? What makes the texts no longer is always taken. */
export function fitsTexts(notebook: Notebook, events: readonly Event[]): boolean {
	const added = events.filter(({ type }) => type === 'cell-added').length;
	if (added > 0 && notebook.cells.length + added > CELLS_LIMIT) return false;
	const letters = events.reduce((sum, one) => sum + ('source' in one ? one.source.length : 0), 0);
	if (letters <= SHORT_TEXT) return true;
	const { seq } = notebook;
	const then = events.reduce(
		(now, event) => apply({ ...now, seq }, { seq: seq + 1, event }),
		notebook
	);
	const size = textsSize(then);
	return size <= TEXTS_LIMIT || size <= textsSize(notebook);
}

function textsSize({ cells, deleted }: Notebook): number {
	return [...cells, ...deleted]
		.flatMap(({ source, beforeReset, run, before }) => [
			source,
			beforeReset,
			run?.source,
			before?.source
		])
		.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

/** Can a page begin with all of it? It is drawn and escaped there, which takes several times as much. */
export function fitsPage(notebook: Notebook): boolean {
	const charts = Object.values(notebook.charts).reduce((sum, rows) => sum + weightOf(rows), 0);
	return lessonSize(notebook) + charts <= PAGE_LIMIT;
}

/** The output as it may be added: itself, words in its place, or `null` when these stand there already. */
export function admitted(
	notebook: Notebook,
	execution: string,
	output: NewOutput
): NewOutput | null {
	const cell = findExecution(notebook, execution);
	if (!cell) return output;
	const outputs = cell.clearNext ? [] : cell.outputs;
	const isNeeded = output.type === 'error' || output.type === 'input';
	const limit = OUTPUTS_LIMIT + (isNeeded ? SPARE : 0);
	if (outputs.length >= limit) return full(outputs, `It shows ${OUTPUTS_LIMIT} outputs,`);
	const size = sizeOf(output);
	if (isNeeded && size <= SHORT) return output;
	const before = cell.clearNext ? 0 : cellSize(cell);
	if (before + size > CELL_LIMIT) return full(outputs, `They hold ${millions(CELL_LIMIT)},`);
	if (lessonSize(notebook) + size > LESSON_LIMIT)
		return full(outputs, `All outputs of this lesson hold ${millions(LESSON_LIMIT)},`);
	return output;
}

function millions(letters: number): string {
	return `${letters / 1e6} million letters`;
}

function full(outputs: readonly Output[], limit: string): NewOutput | null {
	return once(outputs, { code: 'cell-full', detail: { limit } });
}

/** The words for a problem as an output; `null` when the cell has just said so. */
export function once(outputs: readonly Output[], problem: Problem): NewOutput | null {
	const words = wordsOutput(problemWords(problem));
	const isSaid = outputs
		.slice(-SPARE)
		.some(
			(output) =>
				output.type === 'display' && output.data['text/plain'] === words.data['text/plain']
		);
	return isSaid ? null : words;
}

export function wordsOutput(text: string) {
	return {
		type: 'display',
		data: { 'text/plain': text },
		metadata: {},
		displayId: null
	} as const satisfies NewOutput;
}

/** May so much be shown in the place of so many outputs, whatever stands there now? */
export function fitsUpdate(notebook: Notebook, displayId: string, size: number): boolean {
	if (size > OUTPUT_LIMIT) return false;
	let places = 0;
	for (const cell of notebook.cells)
		for (const output of cell.outputs)
			if ('displayId' in output && output.displayId === displayId) places += 1;
	if (places <= 1) return lessonSize(notebook) + size <= LESSON_LIMIT + OUTPUT_LIMIT;
	return size * places <= CELL_LIMIT && lessonSize(notebook) + size * places <= LESSON_LIMIT;
}

/** An error short enough to be read, and whether anything is missing. */
export function shortError({
	name,
	message,
	traceback
}: Pick<Extract<KernelMessage, { type: 'error' }>, 'name' | 'message' | 'traceback'>): Extract<
	NewOutput,
	{ type: 'error' }
> {
	const words = shorten(message, MESSAGE_LIMIT);
	const frames = shortFrames(traceback).map((frame) => shorten(frame, FRAME_LIMIT));
	const isCut = words !== message || frames.some((frame, index) => frame !== traceback[index]);
	const output = { type: 'error', name, message: words, traceback: frames } as const;
	return isCut ? { ...output, cut: true } : output;
}

function shortFrames(traceback: readonly string[]): readonly string[] {
	const missing = traceback.length - FRAMES_LIMIT;
	if (missing <= 0) return traceback;
	const last = traceback.slice(FIRST_FRAMES - FRAMES_LIMIT);
	return [...traceback.slice(0, FIRST_FRAMES), `… (${missing} more frames)`, ...last];
}

/** A row with names and values of a length that can be drawn; `null`: it is none. */
export function toRow(value: unknown): MetricRow | null {
	if (!isObject(value)) return null;
	const row: Record<string, MetricRow[string]> = {};
	for (const [name, item] of Object.entries(value).slice(0, FIELDS_LIMIT)) {
		const isNumber = typeof item === 'number' || item === null;
		if (isNumber || typeof item === 'string')
			row[shorten(safeName(name), NAME_LIMIT)] = isNumber ? item : shorten(item, VALUE_LIMIT);
	}
	return row;
}

/** How many of the rows there is room for. */
export function roomFor(notebook: Notebook, chart: string, rows: readonly MetricRow[]): number {
	const charts = Object.values(notebook.charts);
	const isNew = !Object.hasOwn(notebook.charts, chartKey(chart));
	if (isNew && charts.length >= CHARTS_LIMIT) return 0;
	const weight = charts.reduce((sum, one) => sum + weightOf(one), weightOf(rows));
	if (weight > CHARTS_WEIGHT) return 0;
	const there = chartRows(notebook.charts, chart).length;
	return Math.max(0, Math.min(rows.length, ROWS_LIMIT - there));
}
