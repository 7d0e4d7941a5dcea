/** What a kernel's own tape answers (kernel/host/elsewhere/reel.py). Pure. */
import type { MimeBundle } from '../port';
import type { RawMessage } from '../translate';
import { numberOf, toRaw } from '../wire';

export const REEL = 'tuningfork_reel';

export interface Reel {
	/** Everything up to this number is gone. */
	readonly forgotten: number;
	/** Number of the newest message. */
	readonly last: number;
	/** In order and without a gap, after the number asked for or the last one that is gone. */
	readonly messages: readonly RawMessage[];
}

export function readReel(content: MimeBundle): Reel {
	const { forgotten, last, frames } = content;
	return {
		forgotten: numberOf(forgotten),
		last: numberOf(last),
		messages: Array.isArray(frames) ? frames.map(toMessage) : []
	};
}

/** Header, parent header, metadata and content, each a text of JSON. Its number follows from its place. */
function toMessage(parts: unknown): RawMessage {
	const [header = {}, parent_header = {}, metadata = {}, content = {}] = Array.isArray(parts)
		? parts.map(readPart)
		: [];
	return toRaw({ header, parent_header, metadata, content });
}

function readPart(text: unknown): MimeBundle {
	try {
		const value: unknown = JSON.parse(String(text));
		return typeof value === 'object' && value !== null ? { ...value } : {};
	} catch {
		// A kernel is a learner's own program and may send anything.
		return {};
	}
}
