/**
 * What a journal holds, given the shape that pages rely on. A row that was damaged, or written by another
 * version, must not lock a learner out of a lesson: what cannot be shown gives way to words, and the
 * rest stands. Pure.
 */
import * as v from 'valibot';
import { newCell, type Cell } from '$lib/notebook/cell';
import type { Event } from '$lib/notebook/event';
import { isObject } from '$lib/notebook/foreign';
import { KERNEL_OFF, type KernelState } from '$lib/notebook/kernel';
import type { Notebook } from '$lib/notebook/notebook';
import type { Output } from '$lib/notebook/output';

const texts = v.array(v.string());
const bundle = v.custom<Readonly<Record<string, unknown>>>(isObject);
const cursor = v.object({
	row: v.number(),
	column: v.number(),
	style: v.string(),
	pending: v.string()
});
const streamName = v.picklist(['stdout', 'stderr']);
const screen = v.object({
	head: texts,
	hidden: v.number(),
	tail: texts,
	cursor,
	bytes: v.number()
});
const patch = v.object({
	from: v.number(),
	lines: texts,
	skipped: v.number(),
	rest: texts,
	cursor,
	bytes: v.number()
});
const display = { data: bundle, metadata: bundle, displayId: v.nullable(v.string()) };
const output = v.variant('type', [
	v.looseObject({ type: v.literal('stream'), name: streamName, screen }),
	v.looseObject({ type: v.picklist(['display', 'result']), ...display }),
	v.looseObject({
		type: v.literal('error'),
		name: v.string(),
		message: v.string(),
		traceback: texts
	}),
	v.looseObject({
		type: v.literal('input'),
		prompt: v.string(),
		password: v.boolean(),
		answer: v.nullable(v.string())
	})
]);
const kernel = v.looseObject({
	phase: v.picklist(['off', 'starting', 'ready', 'dead']),
	generation: v.number(),
	problem: v.nullable(v.looseObject({ code: v.string() })),
	since: v.number()
});
const run = v.looseObject({
	execution: v.string(),
	source: v.string(),
	generation: v.number(),
	queuedAt: v.number()
});
const cell = v.looseObject({
	id: v.string(),
	kind: v.picklist(['lesson', 'scratch']),
	source: v.string(),
	revision: v.number(),
	original: v.nullable(v.string()),
	beforeReset: v.nullable(v.string()),
	run: v.nullable(run),
	before: v.nullish(run),
	nextKey: v.number()
});

const id = v.string();
const execution = { execution: id };
/** Only what `apply` would take without a word and a page would stumble over. */
const EVENTS: ReadonlyMap<Event['type'], v.GenericSchema> = new Map<Event['type'], v.GenericSchema>(
	[
		['lesson-read', v.looseObject({ cells: v.array(v.looseObject({ id, code: v.string() })) })],
		['cell-edited', v.looseObject({ cell: id, source: v.string() })],
		['cell-added', v.looseObject({ cell: id, source: v.string() })],
		['execution-queued', v.looseObject({ ...execution, cell: id, source: v.string() })],
		['output-added', v.looseObject({ ...execution, output })],
		['stream-written', v.looseObject({ ...execution, name: streamName, patch })],
		['display-updated', v.looseObject({ displayId: id, data: bundle, metadata: bundle })],
		['metrics-appended', v.looseObject({ chart: v.string(), rows: v.array(bundle) })],
		['input-answered', v.looseObject({ ...execution, answer: v.string() })],
		['kernel-changed', v.looseObject({ kernel })]
	]
);

/** The event, if a notebook can take it and a page can show what comes of it. */
export function soundEvent(value: unknown): Event | null {
	if (!isObject(value) || typeof value['type'] !== 'string') return null;
	const schema = EVENTS.get(value['type'] as Event['type']);
	return !schema || v.is(schema, value) ? (value as unknown as Event) : null;
}

/** The notebook without what no page can show; `null`: there is nothing that one could begin with. */
export function soundNotebook(value: unknown): Notebook | null {
	if (!isObject(value)) return null;
	const { seq, lesson, cells, deleted, charts } = value;
	if (!Number.isSafeInteger(seq) || typeof lesson !== 'string') return null;
	if (!Array.isArray(cells) || !Array.isArray(deleted)) return null;
	return {
		...value,
		seq: seq as number,
		lesson,
		cells: cells.flatMap(soundCell),
		deleted: deleted.flatMap(soundCell),
		charts: soundCharts(charts),
		kernel: v.is(kernel, value['kernel']) ? (value['kernel'] as unknown as KernelState) : KERNEL_OFF
	};
}

/** One without a name cannot be asked for, so it is none. */
function soundCell(value: unknown): readonly Cell[] {
	if (!isObject(value) || typeof value['id'] !== 'string') return [];
	const outputs = Array.isArray(value['outputs']) ? value['outputs'].map(soundOutput) : [];
	if (v.is(cell, value)) return [{ ...(value as unknown as Cell), outputs }];
	const source = typeof value['source'] === 'string' ? value['source'] : '';
	return [{ ...newCell(value['id'], 'scratch', source), outputs, nextKey: outputs.length }];
}

function soundOutput(value: unknown, index: number): Output {
	const key = isObject(value) && typeof value['key'] === 'number' ? value['key'] : index;
	if (v.is(output, value)) return { ...(value as unknown as Output), key };
	const text = 'This output was damaged where it was kept. Run the cell again to see it.';
	return { key, type: 'display', data: { 'text/plain': text }, metadata: {}, displayId: null };
}

function soundCharts(value: unknown): Notebook['charts'] {
	if (!isObject(value)) return {};
	const charts = Object.entries(value).filter(([, rows]) => v.is(v.array(bundle), rows));
	return Object.fromEntries(charts) as Notebook['charts'];
}
