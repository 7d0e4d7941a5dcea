/** What page and frame say to each other, over a port that foreign code in the frame never holds. */

export type Theme = Readonly<Record<string, string>>;

/** What the frame is to show. */
export type Job =
	| { readonly kind: 'html'; readonly html: string }
	| {
			readonly kind: 'drawing';
			/** The script that draws, and what it is to draw, as JSON. */
			readonly code: string;
			readonly text: string;
			readonly language: 'vega' | 'vega-lite';
			readonly label: string;
	  };

export type ToFrame =
	| { readonly type: 'show'; readonly job: Job }
	| { readonly type: 'theme'; readonly theme: Theme }
	| { readonly type: 'ping'; readonly number: number };

export type FromFrame =
	| { readonly type: 'ready' }
	| { readonly type: 'shown'; readonly fault: string | null }
	| { readonly type: 'height'; readonly height: number }
	/** `acts`: how often the reader has pressed into the frame. */
	| { readonly type: 'pong'; readonly number: number; readonly acts: number }
	| { readonly type: 'refused'; readonly what: string; readonly address: string }
	| { readonly type: 'link'; readonly address: string };

const LONGEST = 2000;

/** A message in the shape that it must have; `null` for anything else. */
export function readMessage(data: unknown): FromFrame | null {
	if (typeof data !== 'object' || data === null) return null;
	const { type, fault, height, number, acts, what, address } = data as Record<string, unknown>;
	if (type === 'ready') return { type };
	if (type === 'shown') return { type, fault: isText(fault) ? fault.slice(0, LONGEST) : null };
	if (type === 'height' && isNumber(height)) return { type, height };
	if (type === 'pong' && isNumber(number) && isNumber(acts)) return { type, number, acts };
	if (type === 'link' && isAddress(address)) return { type, address };
	if (type === 'refused' && isText(what) && isAddress(address)) return { type, what, address };
	return null;
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}

function isAddress(value: unknown): value is string {
	return isText(value) && value.length > 0 && value.length <= LONGEST;
}

function isNumber(value: unknown): value is number {
	return typeof value === 'number' && Number.isFinite(value);
}
