import type { Screen } from './screen';

export type MimeBundle = Readonly<Record<string, unknown>>;

/** What a cell printed, showed, returned, raised or asked. `key` is unique within the cell. */
export type Output =
	| {
			readonly key: number;
			readonly type: 'stream';
			readonly name: StreamName;
			readonly screen: Screen;
	  }
	| {
			readonly key: number;
			readonly type: 'display' | 'result';
			readonly data: MimeBundle;
			readonly metadata: MimeBundle;
			readonly displayId: string | null;
	  }
	| {
			readonly key: number;
			readonly type: 'error';
			readonly name: string;
			readonly message: string;
			readonly traceback: readonly string[];
			/** It was shortened; a file on the server has all of it. */
			readonly cut?: true;
			/** From the kernel's reply, ahead of the message that shows it, which adds nothing then. */
			readonly replied?: true;
	  }
	| {
			readonly key: number;
			readonly type: 'input';
			readonly prompt: string;
			readonly password: boolean;
			/** `null` while the kernel waits; a password is stored as dots. */
			readonly answer: string | null;
	  };

export type StreamName = 'stdout' | 'stderr';

/** An output before it has its place in a cell. */
export type NewOutput = Output extends infer O
	? O extends Output
		? Omit<O, 'key'>
		: never
	: never;

/** The MIME types our own helpers emit; see `docs/lesson-format.md`. */
export const METRICS_MIME = 'application/vnd.tuningfork.metrics.v1+json';
export const CHART_MIME = 'application/vnd.tuningfork.chart.v1+json';
