/**
 * Kernel messages → events. Pure: the text of streams is folded here, on the server, so that a
 * browser only ever receives the lines it can show.
 */
import type { Cell, Outcome } from '$lib/notebook/cell';
import type { Event } from '$lib/notebook/event';
import type { MetricRow } from '$lib/notebook/metric';
import { findExecution, trackOf, type Notebook } from '$lib/notebook/notebook';
import { METRICS_MIME, type NewOutput, type StreamName } from '$lib/notebook/output';
import type { Problem } from '$lib/notebook/problem';
import { EMPTY_SCREEN, type Screen } from '$lib/notebook/screen';
import { writeScreen } from '$lib/notebook/terminal';
import type { KernelMessage } from '../jupyter/port';
import { deathProblem, inCell } from './death';
import { abortAll, abortQueue } from './decide';

/** An output larger than this is told instead of kept. Characters of JSON. */
export const OUTPUT_LIMIT = 16_000_000;

type Message<Type extends KernelMessage['type']> = Extract<KernelMessage, { type: Type }>;
export type StreamMessage = Message<'stream'>;

/** What a message (not a stream) does to the notebook. */
export function eventsOf(
	notebook: Notebook,
	message: Exclude<KernelMessage, StreamMessage>,
	at: number
): readonly Event[] {
	switch (message.type) {
		case 'died':
			return lossEvents(notebook, deathProblem(message), at);
		case 'rest':
			return restEvents(notebook, message, at);
		case 'display-updated':
			return [{ type: 'display-updated', ...pick(message) }];
		case 'started':
			return startedEvents(notebook, message, at);
		case 'busy':
			return busyEvents(notebook, message.execution, at);
		case 'idle':
			return idleEvents(notebook, message.execution, at);
		case 'cleared':
			return [{ type: 'outputs-cleared', execution: message.execution, wait: message.wait }];
		default:
			return outputEvents(message);
	}
}

function pick(message: Message<'display-updated'>) {
	const { displayId, data, metadata } = message;
	return { displayId, data, metadata };
}

function busyEvents(notebook: Notebook, execution: string, at: number): readonly Event[] {
	const run = findExecution(notebook, execution)?.run;
	return run && run.startedAt === null ? [{ type: 'execution-started', execution, at }] : [];
}

/**
 * The kernel says what it runs. If the request was sent but the server died before it was
 * journaled, the execution's id still tells the cell: it is taken up here.
 */
function startedEvents(
	notebook: Notebook,
	message: Message<'started'>,
	at: number
): readonly Event[] {
	const { execution, count, code, beside } = message;
	const counted: Event = { type: 'execution-counted', execution, count };
	const known = findExecution(notebook, execution);
	const moved: Event = { type: 'execution-set-beside', execution };
	const where = beside && (!known || trackOf(known) === 'turn') ? [moved] : [];
	if (known) return [...where, ...busyEvents(notebook, execution, at), counted];
	const cell = cellOf(execution);
	if (!notebook.cells.some((other) => other.id === cell)) return [];
	return [
		{ type: 'execution-queued', execution, cell, source: code, at },
		...where,
		{ type: 'execution-started', execution, at },
		counted
	];
}

function idleEvents(notebook: Notebook, execution: string, at: number): readonly Event[] {
	const cell = findExecution(notebook, execution);
	if (!cell?.run || cell.run.outcome) return [];
	const outcome = outcomeOf(cell);
	const finished: Event = { type: 'execution-finished', execution, outcome, at };
	return outcome === 'ok' ? [finished] : [finished, ...abortQueue(notebook, at, trackOf(cell))];
}

function outcomeOf(cell: Cell): Outcome {
	const error = cell.outputs.findLast((output) => output.type === 'error');
	if (!error) return 'ok';
	return error.name === 'KeyboardInterrupt' ? 'interrupted' : 'error';
}

function restEvents(notebook: Notebook, message: Message<'rest'>, at: number): readonly Event[] {
	const { state, why, unusedS, endsInS } = message;
	const unused = Math.round(unusedS / 60);
	const left = endsInS === null ? null : Math.round(endsInS / 60);
	if (state === 'ended') {
		const detail = { why, minutes: unused };
		return lossEvents(notebook, { code: 'kernel-put-away', detail }, at);
	}
	if (notebook.kernel.phase !== 'ready') return [];
	const { phase, stage, generation, problem, since } = notebook.kernel;
	const awake = { phase, stage, generation, problem, since };
	const kernel = state === 'awake' ? awake : { ...awake, rest: { state, unused, left } };
	return [{ type: 'kernel-changed', kernel }];
}

/** The kernel is gone, for the reason given; the cell that ran is noted with it. */
export function lossEvents(notebook: Notebook, problem: Problem, at: number): readonly Event[] {
	const told = inCell(notebook, problem);
	const kernel = {
		...notebook.kernel,
		phase: 'dead',
		stage: null,
		problem: told,
		since: at
	} as const;
	return [...abortAll(notebook, at), { type: 'kernel-changed', kernel }];
}

function outputEvents(
	message: Message<'display' | 'result' | 'error' | 'input-requested' | 'page'>
): readonly Event[] {
	const { execution } = message;
	if (message.type === 'display' && METRICS_MIME in message.data) {
		return metricEvents(message.data[METRICS_MIME]);
	}
	const output = toOutput(message);
	const size = JSON.stringify(output).length;
	if (size <= OUTPUT_LIMIT) return [{ type: 'output-added', execution, output }];
	return [{ type: 'output-added', execution, output: tooLarge(size) }];
}

function toOutput(
	message: Message<'display' | 'result' | 'error' | 'input-requested' | 'page'>
): NewOutput {
	switch (message.type) {
		case 'display':
		case 'result': {
			const { type, data, metadata, displayId } = message;
			return { type, data, metadata, displayId };
		}
		case 'error': {
			const { name, message: text, traceback } = message;
			return { type: 'error', name, message: text, traceback };
		}
		case 'input-requested':
			return { type: 'input', prompt: message.prompt, password: message.password, answer: null };
		case 'page':
			return { type: 'display', data: message.data, metadata: {}, displayId: null };
	}
}

function tooLarge(size: number): NewOutput {
	const text = `This output holds ${Math.round(size / 1e6)} MB; the page shows at most ${OUTPUT_LIMIT / 1e6} MB. Save it to a file from the cell, or show a smaller part.`;
	return { type: 'display', data: { 'text/plain': text }, metadata: {}, displayId: null };
}

function metricEvents(body: unknown): readonly Event[] {
	if (typeof body !== 'object' || body === null) return [];
	const { chart, rows } = body as { chart?: unknown; rows?: unknown };
	if (typeof chart !== 'string' || !Array.isArray(rows)) return [];
	return [{ type: 'metrics-appended', chart, rows: rows.filter(isRow) }];
}

function isRow(row: unknown): row is MetricRow {
	return typeof row === 'object' && row !== null && !Array.isArray(row);
}

/** The event for stream text, and where its raw text belongs in the full-text file. */
export function streamEvent(
	notebook: Notebook,
	message: StreamMessage
): { readonly event: Event; readonly key: number; readonly offset: number } | null {
	const { execution, name, text } = message;
	const cell = findExecution(notebook, execution);
	if (!cell) return null;
	const open = openScreen(cell, name);
	const patch = writeScreen(open.screen, text);
	const event: Event = { type: 'stream-written', execution, name, patch };
	return { event, key: open.key, offset: open.screen.bytes };
}

function openScreen(
	cell: Cell,
	name: StreamName
): { readonly screen: Screen; readonly key: number } {
	const last = cell.clearNext ? undefined : cell.outputs.at(-1);
	if (last?.type === 'stream' && last.name === name) return { screen: last.screen, key: last.key };
	return { screen: EMPTY_SCREEN, key: cell.nextKey };
}

/** Execution ids are `<cell>.<random>`. */
export function executionId(cell: string, random: string): string {
	return `${cell}.${random}`;
}

export function cellOf(execution: string): string {
	return execution.slice(0, execution.lastIndexOf('.'));
}
