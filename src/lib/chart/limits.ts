/**
 * What of a chart from a cell is too much to begin with. Only what can be read off the specification is
 * found here; whoever draws it also stops it after a time.
 */
import type { Loose } from '../notebook/foreign';

export const MOST_ROWS = 200_000;
const MOST_VIEWS = 400;
const MOST_PIXELS = 20_000;
const DEEPEST = 100;

const VIEWS = ['layer', 'concat', 'hconcat', 'vconcat', 'marks', 'repeat', 'row', 'column'];

/** @returns why it is not drawn, as the end of a sentence; `null`: it may be tried */
export function tooMuch(spec: unknown): string | null {
	const left: { readonly value: unknown; readonly depth: number }[] = [{ value: spec, depth: 0 }];
	let views = 0;
	for (let next = left.pop(); next; next = left.pop()) {
		const { value, depth } = next;
		if (depth > DEEPEST) return `its specification is more than ${DEEPEST} levels deep.`;
		if (typeof value !== 'object' || value === null) continue;
		if (!Array.isArray(value)) {
			const reason = reasonOf(value as Loose);
			if (reason) return reason;
			views += viewsOf(value as Loose);
			if (views > MOST_VIEWS) return `it has more than ${MOST_VIEWS} drawings in one.`;
		}
		for (const inner of Object.values(value)) left.push({ value: inner, depth: depth + 1 });
	}
	return null;
}

function reasonOf(part: Loose): string | null {
	const rows = Math.max(rowsOf(part), rowsOf(part['sequence']), lengthOf(part['values']));
	if (rows > MOST_ROWS) {
		return `it has ${words(rows)} rows, and ${words(MOST_ROWS)} is the most. Draw a sample of them.`;
	}
	for (const name of ['width', 'height']) {
		const size = part[name];
		if (typeof size === 'number' && size > MOST_PIXELS) {
			return `its ${name} is ${words(size)} pixels, and ${words(MOST_PIXELS)} is the most.`;
		}
	}
	return null;
}

/** Rows of a sequence: `{start, stop, step}`. */
function rowsOf(part: unknown): number {
	if (typeof part !== 'object' || part === null) return 0;
	const { start = 0, stop, step = 1 } = part as Loose;
	if (typeof start !== 'number' || typeof stop !== 'number' || typeof step !== 'number') return 0;
	const rows = (stop - start) / step;
	return Number.isNaN(rows) ? 0 : rows;
}

function lengthOf(list: unknown): number {
	return Array.isArray(list) ? list.length : 0;
}

function viewsOf(part: Loose): number {
	const [rows, columns] = [lengthOf(part['row']), lengthOf(part['column'])];
	const lists = VIEWS.map((name) => lengthOf(part[name])).reduce((all, one) => all + one, 0);
	return lists + rows * columns;
}

function words(number: number): string {
	return Number.isFinite(number) ? Math.round(number).toLocaleString('en') : 'endlessly many';
}
