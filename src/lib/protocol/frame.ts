/**
 * What the server sends a browser, one Server-Sent Event each.
 *
 * The SSE event name is the frame's `type`; `id` is the journal number, so the browser's own
 * `Last-Event-ID` tells where to go on.
 */
import type { Entry } from '$lib/notebook/event';
import type { Notebook } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';

export type Frame =
	/** The whole notebook: for a viewer that cannot be brought up to date by entries. */
	| {
			readonly type: 'snapshot';
			readonly notebook: Notebook;
			readonly version: string;
			/** Names the journal that the notebook's number belongs to. */
			readonly journal: string;
	  }
	/** Entries in order, the first of them next after what the viewer has. */
	| { readonly type: 'entries'; readonly entries: readonly Entry[] }
	/** Sent every few seconds, so that a dead line is noticed. */
	| { readonly type: 'ping'; readonly seq: number; readonly version: string; readonly now: number }
	/** The server ends this stream, for this reason. A page that opened another would only end a third. */
	| { readonly type: 'farewell'; readonly problem: Problem }
	/** Saving is failing (`null`: it works again). */
	| { readonly type: 'trouble'; readonly problem: Problem | null };
