/**
 * What a stream of text looks like once the terminal's control characters have been obeyed.
 *
 * A screen keeps the first `HEAD` and the last `TAIL` lines (fewer, if these are very long); what lies
 * between is counted and stays in the full-text file on the server. Lines hold text and colour codes
 * (SGR), nothing else.
 * The server turns raw text into a patch (`writeScreen` in `terminal.ts`); the server and every
 * browser apply that patch, so a flood costs a browser no more than the lines it can show.
 */
export const HEAD = 200;
export const TAIL = 1000;
/** The last lines hold no more than this together. Characters, colour codes included. */
export const TAIL_LETTERS = 2_000_000;
/** A line longer than this is cut on the page; the file keeps all of it. Characters. */
export const LINE_LIMIT = 20_000;
/** The last character, one too many, of a line that was cut. */
export const CUT_MARK = '…';

export interface Cursor {
	/** Line number from the start of the stream, counted from 0. */
	readonly row: number;
	/** Visible character in that line, counted from 0. */
	readonly column: number;
	/** The colour codes in force, as they must stand before the next character. */
	readonly style: string;
	/** A control sequence that had not ended with the last text. */
	readonly pending: string;
}

export interface Screen {
	readonly head: readonly string[];
	/** Lines between head and tail that only the file has. */
	readonly hidden: number;
	readonly tail: readonly string[];
	readonly cursor: Cursor;
	/** Length of the raw text so far, in UTF-8 bytes: where the file ends. */
	readonly bytes: number;
}

/** Everything from line `from` on is replaced: by `lines`, then `skipped` unsent lines, then `rest`. */
export interface ScreenPatch {
	readonly from: number;
	readonly lines: readonly string[];
	readonly skipped: number;
	readonly rest: readonly string[];
	readonly cursor: Cursor;
	readonly bytes: number;
}

export const EMPTY_SCREEN: Screen = {
	head: [],
	hidden: 0,
	tail: [],
	cursor: { row: 0, column: 0, style: '', pending: '' },
	bytes: 0
};

export function lineCount(screen: Screen): number {
	return screen.head.length + screen.hidden + screen.tail.length;
}

/** Are letters missing at its end? */
export function isCut(line: string): boolean {
	if (line.length <= LINE_LIMIT || !line.endsWith(CUT_MARK)) return false;
	return line.replace(/\u001b\[[\d;]*m/g, '').length > LINE_LIMIT;
}

/** Is one of the lines that can be shown cut? */
export function hasCut({ head, tail }: Screen): boolean {
	return head.some(isCut) || tail.some(isCut);
}

export function patchScreen(screen: Screen, patch: ScreenPatch): Screen {
	const { cursor, bytes } = patch;
	const kept = append(cut(screen, patch.from), patch.lines);
	return { ...append(skip(kept, patch.skipped), patch.rest), cursor, bytes };
}

/** Keeps the lines before number `from`. */
function cut(screen: Screen, from: number): Screen {
	const { head, hidden, tail } = screen;
	return {
		...screen,
		head: from < head.length ? head.slice(0, from) : head,
		hidden: Math.min(hidden, Math.max(0, from - head.length)),
		tail: tail.slice(0, Math.max(0, from - head.length - hidden))
	};
}

function append(screen: Screen, lines: readonly string[]): Screen {
	if (lines.length === 0) return screen;
	const room = screen.hidden + screen.tail.length > 0 ? 0 : HEAD - screen.head.length;
	const tail = [...screen.tail, ...lines.slice(room)];
	const over = surplus(tail);
	return {
		...screen,
		head: room > 0 ? [...screen.head, ...lines.slice(0, room)] : screen.head,
		hidden: screen.hidden + over,
		tail: over > 0 ? tail.slice(over) : tail
	};
}

/** How many of the lines, from the first on, are too many to be kept as the last ones of a screen. */
export function surplus(lines: readonly string[]): number {
	let letters = 0;
	for (let at = lines.length - 1; at >= 0; at -= 1) {
		letters += (lines[at] as string).length;
		const kept = lines.length - at;
		if (kept > TAIL || (letters > TAIL_LETTERS && kept > 1)) return at + 1;
	}
	return 0;
}

/** The patch that makes a screen like this one of any screen that has the same lines before number `from`. */
export function patchFrom(screen: Screen, from: number): ScreenPatch {
	const { head, hidden, tail, cursor, bytes } = screen;
	const below = head.length + hidden;
	if (hidden === 0 || from >= below) {
		const lines = from < head.length ? [...head.slice(from), ...tail] : tail.slice(from - below);
		return { from, lines, skipped: 0, rest: [], cursor, bytes };
	}
	const skipped = below - Math.max(from, head.length);
	return { from, lines: head.slice(from), skipped, rest: tail, cursor, bytes };
}

function skip(screen: Screen, count: number): Screen {
	if (count === 0) return screen;
	return { ...screen, hidden: screen.hidden + screen.tail.length + count, tail: [] };
}
