/**
 * What a browser may ask of the server for one lesson, as schemas: the same file checks the input
 * on the server and gives the page its types. A command carries an id of its own, so that one sent
 * twice over a bad network is carried out once.
 */
import * as v from 'valibot';
import type { Problem } from '$lib/notebook/problem';

const id = v.pipe(v.string(), v.regex(/^[\w-]{1,80}$/));
/** `<cell>.<random>`, see `session/record.ts`. */
const executionId = v.pipe(v.string(), v.regex(/^[\w-]{1,80}\.[\w-]{1,80}$/));
const source = v.pipe(v.string(), v.maxLength(2_000_000));
const text = v.pipe(v.string(), v.maxLength(100_000));

export const Command = v.variant('type', [
	v.object({ type: v.literal('edit'), cell: id, source, base: v.number() }),
	/** Runs cells in order; each may carry its newest text (and the revision that was based on), so that what is run is what is seen. */
	v.object({
		type: v.literal('run'),
		cells: v.pipe(
			v.array(v.object({ cell: id, source: v.optional(source), base: v.optional(v.number()) })),
			v.maxLength(500)
		)
	}),
	v.object({ type: v.literal('add'), cell: id, after: id, source }),
	v.object({ type: v.literal('move'), cell: id, after: id }),
	v.object({ type: v.literal('delete'), cell: id }),
	v.object({ type: v.literal('restore'), cell: id, after: id }),
	v.object({ type: v.literal('reset'), cell: id }),
	v.object({ type: v.literal('undo-reset'), cell: id }),
	/** Runs a cell, or one that waits, beside the cell that runs. */
	v.object({
		type: v.literal('beside'),
		cell: id,
		source: v.optional(source),
		base: v.optional(v.number())
	}),
	/** Stops everything; with `cell` that one, or takes it out of the queue. */
	v.object({ type: v.literal('interrupt'), cell: v.optional(id) }),
	/** Ends the trainings that run after the step they are in. */
	v.object({ type: v.literal('pause') }),
	/** Runs a cell again, and its training goes on where it was paused. */
	v.object({ type: v.literal('go-on'), cell: id }),
	/** Starts a fresh kernel: after a restart asked for, or after a death. `safe`: without start-up files. */
	v.object({ type: v.literal('restart'), safe: v.optional(v.boolean()) }),
	/** Does not wait any longer until Python may start. */
	v.object({ type: v.literal('leave-line') }),
	/** Python shall not be put away, although nothing is run. */
	v.object({ type: v.literal('stay') }),
	/** `question`: the key of the output that asks. */
	v.object({ type: v.literal('answer'), execution: executionId, question: v.number(), text })
]);
export type Command = v.InferOutput<typeof Command>;

export const CommandRequest = v.object({ id, viewer: id, command: Command });
export type CommandRequest = v.InferOutput<typeof CommandRequest>;

/** Letters of a request in JSON, where a letter may take six. */
const LARGE = 16_000_000;
const SMALL = 10_000;
export const QUESTION_LETTERS = LARGE;

/** How long the JSON of a request may be that asks for this. */
export function lettersOf({ type }: Command): number {
	switch (type) {
		case 'edit':
		case 'run':
		case 'add':
		case 'beside':
			return LARGE;
		case 'answer':
			return 700_000;
		default:
			return SMALL;
	}
}

/** `seq` is the number of the last event when the command had been carried out. */
export type CommandReply =
	{ readonly ok: true; readonly seq: number } | { readonly ok: false; readonly problem: Problem };

/** Questions to the kernel that change nothing: completion and help for what stands at `cursor`. */
export const Question = v.object({
	type: v.picklist(['complete', 'inspect']),
	code: source,
	cursor: v.number()
});
export type Question = v.InferOutput<typeof Question>;

export interface Completion {
	readonly matches: readonly string[];
	readonly from: number;
	readonly to: number;
}

export type QuestionReply =
	| { readonly type: 'complete'; readonly completion: Completion | null }
	| { readonly type: 'inspect'; readonly data: Readonly<Record<string, unknown>> | null };
