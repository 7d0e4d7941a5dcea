/**
 * Kernel messages → events. Pure: the text of streams is folded here, on the server, so that a
 * browser only ever receives the lines it can show.
 */
import type { Cell, Outcome } from '$lib/notebook/cell';
import type { Event } from '$lib/notebook/event';
import { NAME_LIMIT, shorten } from '$lib/notebook/foreign';
import { findExecution, trackOf, type Notebook } from '$lib/notebook/notebook';
import { METRICS_MIME, type NewOutput, type StreamName } from '$lib/notebook/output';
import type { Problem } from '$lib/notebook/problem';
import { EMPTY_SCREEN, type Screen } from '$lib/notebook/screen';
import { writeScreen } from '$lib/notebook/terminal';
import type { KernelMessage } from '../jupyter/port';
import {
	admitted,
	fitsUpdate,
	once,
	OUTPUT_LIMIT,
	roomFor,
	shortError,
	toRow,
	wordsOutput
} from './bounds';
import { deathProblem, inCell, offerSafeStart } from './death';
import { abortAll, abortQueue } from './decide';

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
			return updateEvents(notebook, message);
		case 'started':
			return startedEvents(notebook, message, at);
		case 'busy':
			return busyEvents(notebook, message.execution, at);
		case 'idle':
			return idleEvents(notebook, message.execution, at);
		case 'replied':
			return repliedEvents(notebook, message, at);
		case 'error':
			return isKnown(notebook, message) ? [] : outputEvents(notebook, message);
		case 'cleared':
			return [{ type: 'outputs-cleared', execution: message.execution, wait: message.wait }];
		case 'unreadable':
			return unrecorded(notebook, message.execution, 'Python sent what cannot be read');
		default:
			return outputEvents(notebook, message);
	}
}

/** In the place of an output that cannot be kept; nothing if the cell has said so just before. */
export function unrecorded(
	notebook: Notebook,
	execution: string,
	reason: string
): readonly Event[] {
	const outputs = findExecution(notebook, execution)?.outputs ?? [];
	const output = once(outputs, { code: 'output-not-recorded', detail: { reason } });
	return output ? [{ type: 'output-added', execution, output }] : [];
}

/** What must be true after a message, if nothing else can be taken of it. */
export function bareEvents(
	notebook: Notebook,
	message: KernelMessage,
	at: number
): readonly Event[] {
	if (message.type === 'died') return lossEvents(notebook, { code: 'kernel-lost' }, at);
	if (message.type !== 'idle') return [];
	const { execution } = message;
	return [{ type: 'execution-finished', execution, outcome: 'error', at }];
}

function updateEvents(
	notebook: Notebook,
	{ execution, displayId, data, metadata }: Message<'display-updated'>
): readonly Event[] {
	if (!findExecution(notebook, execution)) return [];
	const size = JSON.stringify([data, metadata]).length;
	const shown = fitsUpdate(notebook, displayId, size) ? { data, metadata } : tooLarge(size);
	return [{ type: 'display-updated', displayId, data: shown.data, metadata: shown.metadata }];
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

/** Whichever says that it failed is right: a cell may have been taken for finished, or show no error. */
function repliedEvents(
	notebook: Notebook,
	{ execution, outcome, ...failure }: Message<'replied'>,
	at: number
): readonly Event[] {
	const cell = findExecution(notebook, execution);
	if (!cell?.run) return [];
	const before = cell.run.outcome;
	const end: Event = { type: 'execution-finished', execution, outcome, at };
	if (outcome === 'aborted') return before === null || before === 'ok' ? [end] : [];
	if (before !== null && before !== 'ok') return [];
	// No file keeps the whole of it, so nothing may lead there.
	const { name, message, traceback } = shortError(failure);
	const output = { type: 'error', name, message, traceback, replied: true } as const;
	const shown = cell.outputs.some(({ type }) => type === 'error');
	const events = shown ? [] : addedEvents(notebook, execution, output);
	if (before === null) return events;
	const how = name === 'KeyboardInterrupt' ? 'interrupted' : 'error';
	return [...events, { ...end, outcome: how }, ...abortQueue(notebook, at, trackOf(cell))];
}

/** The reply has said so already. */
function isKnown(notebook: Notebook, whole: Message<'error'>): boolean {
	const outputs = findExecution(notebook, whole.execution)?.outputs ?? [];
	const { name, message } = shortError(whole);
	return outputs.some(
		(one) =>
			one.type === 'error' && one.replied === true && one.name === name && one.message === message
	);
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
	const { phase, stage, generation, problem, since, safe } = notebook.kernel;
	const awake = { phase, stage, generation, problem, since, ...(safe && { safe }) };
	const kernel = state === 'awake' ? awake : { ...awake, rest: { state, unused, left } };
	return [{ type: 'kernel-changed', kernel }];
}

/** The kernel is gone, for the reason given; the cell that ran is noted with it. */
export function lossEvents(notebook: Notebook, problem: Problem, at: number): readonly Event[] {
	const told = offerSafeStart(notebook, inCell(notebook, problem));
	const kernel = {
		...notebook.kernel,
		phase: 'dead',
		stage: null,
		problem: told,
		since: at
	} as const;
	return [...abortAll(notebook, at), { type: 'kernel-changed', kernel }];
}

type OutputMessage = Message<'display' | 'result' | 'error' | 'input-requested' | 'page'>;

function outputEvents(notebook: Notebook, message: OutputMessage): readonly Event[] {
	const { execution } = message;
	if (message.type === 'display' && Object.hasOwn(message.data, METRICS_MIME)) {
		return metricEvents(notebook, execution, message.data[METRICS_MIME]);
	}
	return addedEvents(notebook, execution, toOutput(message));
}

function addedEvents(notebook: Notebook, execution: string, whole: NewOutput): readonly Event[] {
	const size = JSON.stringify(whole).length;
	const output = admitted(notebook, execution, size <= OUTPUT_LIMIT ? whole : tooLarge(size));
	return output ? [{ type: 'output-added', execution, output }] : [];
}

function toOutput(message: OutputMessage): NewOutput {
	switch (message.type) {
		case 'display':
		case 'result': {
			const { type, data, metadata, displayId } = message;
			return { type, data, metadata, displayId };
		}
		case 'error':
			return shortError(message);
		case 'input-requested':
			return { type: 'input', prompt: message.prompt, password: message.password, answer: null };
		case 'page':
			return { type: 'display', data: message.data, metadata: {}, displayId: null };
	}
}

/** All of an error, as Python tells it. */
export function errorText({ name, message, traceback }: Message<'error'>): string {
	return [...traceback, `${name}: ${message}`, ''].join('\n');
}

function tooLarge(size: number) {
	return wordsOutput(
		`This output holds ${Math.round(size / 1e6)} MB; the page shows at most ${OUTPUT_LIMIT / 1e6} MB. Save it to a file from the cell, or show a smaller part.`
	);
}

function metricEvents(notebook: Notebook, execution: string, body: unknown): readonly Event[] {
	// A chart goes by its name alone, which another kernel's may have as well.
	if (!findExecution(notebook, execution)) return [];
	if (typeof body !== 'object' || body === null) return [];
	const { chart: name, rows } = body as { chart?: unknown; rows?: unknown };
	if (typeof name !== 'string' || !Array.isArray(rows)) return [];
	const chart = shorten(name, NAME_LIMIT);
	const read = rows.map(toRow).filter((row) => row !== null);
	const room = roomFor(notebook, chart, read);
	const kept = room < read.length ? read.slice(0, room) : read;
	const events: Event[] = kept.length > 0 ? [{ type: 'metrics-appended', chart, rows: kept }] : [];
	const full = room < read.length ? chartFull(notebook, execution, chart) : null;
	return full ? [...events, { type: 'output-added', execution, output: full }] : events;
}

function chartFull(notebook: Notebook, execution: string, chart: string): NewOutput | null {
	const limit = 'The charts of this lesson hold';
	const outputs = findExecution(notebook, execution)?.outputs ?? [];
	const words = once(outputs, { code: 'chart-full', detail: { chart, limit } });
	return words && admitted(notebook, execution, words);
}

/** The event for stream text, and where its raw text belongs in the full-text file: nowhere, if the cell is full. */
export function streamEvent(
	notebook: Notebook,
	message: StreamMessage
): {
	readonly event: Event;
	readonly place: { readonly key: number; readonly offset: number } | null;
} | null {
	const { execution, name, text } = message;
	const cell = findExecution(notebook, execution);
	if (!cell) return null;
	const open = openScreen(cell, name);
	if (open.screen === EMPTY_SCREEN) {
		const begun = { type: 'stream', name, screen: EMPTY_SCREEN } as const;
		const output = admitted(notebook, execution, begun);
		if (output !== begun)
			return output && { event: { type: 'output-added', execution, output }, place: null };
	}
	const patch = writeScreen(open.screen, text);
	const event: Event = { type: 'stream-written', execution, name, patch };
	return { event, place: { key: open.key, offset: open.screen.bytes } };
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
