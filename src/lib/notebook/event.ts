import type { Outcome } from './cell';
import type { KernelState } from './kernel';
import type { MetricRow } from './metric';
import type { MimeBundle, NewOutput, StreamName } from './output';
import type { ScreenPatch } from './screen';

/** Everything that can change a notebook. The journal is a list of these. */
export type Event =
	/** The lesson's file as it is now; new cells appear, changed originals are noted. */
	| {
			readonly type: 'lesson-read';
			readonly cells: readonly { readonly id: string; readonly code: string }[];
	  }
	| {
			readonly type: 'cell-edited';
			readonly cell: string;
			readonly source: string;
			readonly viewer: string;
	  }
	| { readonly type: 'cell-reset'; readonly cell: string }
	| { readonly type: 'cell-reset-undone'; readonly cell: string }
	| {
			readonly type: 'cell-added';
			readonly cell: string;
			readonly after: string;
			readonly source: string;
	  }
	| { readonly type: 'cell-moved'; readonly cell: string; readonly after: string }
	| { readonly type: 'cell-deleted'; readonly cell: string }
	| { readonly type: 'cell-restored'; readonly cell: string; readonly after: string }
	| {
			readonly type: 'execution-queued';
			readonly execution: string;
			readonly cell: string;
			readonly source: string;
			readonly at: number;
			readonly goOn?: true;
	  }
	/** It waits no longer for the cell that runs. */
	| { readonly type: 'execution-set-beside'; readonly execution: string }
	| { readonly type: 'execution-pausing'; readonly execution: string }
	| { readonly type: 'execution-started'; readonly execution: string; readonly at: number }
	| { readonly type: 'execution-counted'; readonly execution: string; readonly count: number }
	| {
			readonly type: 'execution-finished';
			readonly execution: string;
			readonly outcome: Outcome;
			readonly at: number;
	  }
	| { readonly type: 'output-added'; readonly execution: string; readonly output: NewOutput }
	| {
			readonly type: 'stream-written';
			readonly execution: string;
			readonly name: StreamName;
			readonly patch: ScreenPatch;
	  }
	| {
			readonly type: 'display-updated';
			readonly displayId: string;
			readonly data: MimeBundle;
			readonly metadata: MimeBundle;
	  }
	| { readonly type: 'outputs-cleared'; readonly execution: string; readonly wait: boolean }
	| {
			readonly type: 'metrics-appended';
			readonly chart: string;
			readonly rows: readonly MetricRow[];
	  }
	| {
			readonly type: 'input-answered';
			readonly execution: string;
			/** Key of the output that asks; entries of before that was noted have none: whichever is open. */
			readonly question?: number;
			readonly answer: string;
	  }
	| { readonly type: 'kernel-changed'; readonly kernel: KernelState };

/** An event with its place in the journal: 1, 2, 3, … without gap. */
export interface Entry {
	readonly seq: number;
	readonly event: Event;
}
