/**
 * An IPython traceback as something to read: what went wrong, where in the learner's own cell, and
 * the frames in between. Text stays as Python coloured it.
 */
import { plainText } from './ansi';

export interface Frame {
	/** "Cell In[3], line 2, in f(x)" without colours. */
	readonly place: string;
	/** The lines around it, with colours. */
	readonly code: string;
	/** Number of the execution whose cell it lies in; `null` for a file. */
	readonly execution: number | null;
	readonly line: number | null;
}

export type TracebackPart =
	| { readonly type: 'frame'; readonly frame: Frame }
	| { readonly type: 'note'; readonly text: string };

const CELL = /^\s*(?:Cell |Input )?In ?\[(\d+)\](?:, line (\d+)|, in <[^>]*line: ?(\d+)>)?/;
const FILE = /^\s*File .+?(?::(\d+)|, line (\d+))/;
const RULE = /^-{20,}$/;
const HEADLINE = /Traceback \(most recent call last\)\s*$/;

export function readTraceback(traceback: readonly string[]): readonly TracebackPart[] {
	const parts = traceback
		.map((text) => text.replace(/^\n+|\n+$/g, ''))
		.filter((text) => !isOrnament(text));
	return parts.map(toPart);
}

/** The innermost frame in the cell that ran as execution `count`, however deep it went from there. */
export function frameInCell(parts: readonly TracebackPart[], count: number | null): Frame | null {
	const found = parts.findLast(
		(part) =>
			part.type === 'frame' && part.frame.execution !== null && part.frame.execution === count
	);
	return found?.type === 'frame' ? found.frame : null;
}

function isOrnament(text: string): boolean {
	const plain = plainText(text).trim();
	return plain === '' || RULE.test(plain) || HEADLINE.test(plain);
}

function toPart(text: string): TracebackPart {
	const [first = '', ...rest] = text.split('\n');
	const place = plainText(first);
	const cell = CELL.exec(place);
	const file = cell ? null : FILE.exec(place);
	if (!cell && !file) return { type: 'note', text };
	const code = rest.join('\n');
	const line = cell ? (cell[2] ?? cell[3] ?? arrowLine(code)) : (file?.[1] ?? file?.[2]);
	return {
		type: 'frame',
		frame: {
			place: place.trim(),
			code,
			execution: cell ? Number(cell[1]) : null,
			line: line ? Number(line) : null
		}
	};
}

/** Older IPython names the line only by the arrow. */
function arrowLine(code: string): string | undefined {
	return /^-+> (\d+)/m.exec(plainText(code))?.[1];
}
