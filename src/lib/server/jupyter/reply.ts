/** Replies to look-ups, and positions: Python counts code points, the browser UTF-16 units. Pure. */
import type { Completion, MimeBundle } from './port';

export function toPoints(code: string, units: number): number {
	return Array.from(code.slice(0, units)).length;
}

export function toUnits(code: string, points: number): number {
	return Array.from(code).slice(0, points).join('').length;
}

export function toCompletion(code: string, cursor: number, reply: MimeBundle | null): Completion {
	const { matches, cursor_start: start, cursor_end: end } = reply ?? {};
	if (!Array.isArray(matches) || typeof start !== 'number' || typeof end !== 'number')
		return { matches: [], from: cursor, to: cursor };
	return {
		matches: matches.filter((match) => typeof match === 'string'),
		from: toUnits(code, start),
		to: toUnits(code, end)
	};
}

export function toInspection(reply: MimeBundle | null): MimeBundle | null {
	const data = reply?.['data'];
	if (reply?.['found'] !== true || typeof data !== 'object' || data === null) return null;
	return data as MimeBundle;
}
