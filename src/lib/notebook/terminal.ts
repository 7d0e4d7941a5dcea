/**
 * Turns raw stream text into a patch for a screen: newline, carriage return, backspace, cursor
 * moves, erasing and colours. Enough for tqdm (nested too), rich and wandb; everything else that
 * begins with ESC is swallowed. Runs on the server only; pure all the same.
 *
 * The text is a learner's, who may send anything: each number in a code is bounded before it is used,
 * and what a text costs grows with its length and with nothing else.
 */
import { Line, limitPlain, visibleLength } from './line';
import {
	HEAD,
	LINE_LIMIT,
	patchFrom,
	patchScreen,
	surplus,
	type Cursor,
	type Screen,
	type ScreenPatch
} from './screen';
import { nextStyle } from './style';

/** The lines that can still change, while text is being written. */
interface Page {
	/** Number of the first line in `lines`. */
	readonly base: number;
	/** Those that were written over are open. */
	readonly lines: (string | Line)[];
	row: number;
	column: number;
	style: string;
	/** Lowest line number touched. */
	from: number;
}

const ESC = '\u001b';
// A run of plain text, or one control: newline, CSI sequence, OSC sequence, other escape, control.
// An OSC sequence that is not closed in its line is none: then only its ESC is swallowed.
const TOKEN =
	/[^\u0000-\u0008\u000a-\u001f\u007f]+|\n|\r|\u001b\[([0-?]{0,256})[ -/]{0,16}([@-~])|\u001b\][^\n\r\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|\u001b[ -/]{0,16}[0-Z\\^-~]|[\u0000-\u001f\u007f]/g;
const UNFINISHED =
	/^\u001b(?:\[[0-?]{0,256}[ -/]{0,16}|\][^\n\r\u0007\u001b]{0,4096}\u001b?|[ -/]{0,16})$/;
const PENDING_LIMIT = 4100;
/** As wide as a terminal can be: codes move the cursor no further to the right. */
const WIDTH = 500;
/** Text with codes is taken in pieces of so many characters, so that few lines are open at a time. */
const PIECE = 32_768;

/** The change that `text` makes to `screen`. */
export function writeScreen(screen: Screen, text: string): ScreenPatch {
	const bytes = screen.bytes + byteLength(text);
	const page = openPage(screen);
	if (screen.cursor.pending === '' && isPlain(text, page)) {
		writePlain(page, text);
		return toPatch(page, '', bytes);
	}
	if (text.length <= PIECE) return { ...writePiece(screen, text), bytes };
	let written = screen;
	let from = Number.POSITIVE_INFINITY;
	for (let at = 0; at < text.length; at += PIECE) {
		const patch = writePiece(written, text.slice(at, at + PIECE));
		written = patchScreen(written, patch);
		from = Math.min(from, patch.from);
	}
	return { ...patchFrom(written, from), bytes };
}

function writePiece(screen: Screen, text: string): ScreenPatch {
	const whole = screen.cursor.pending + text;
	const pending = unfinished(whole);
	const page = openPage(screen);
	writeTokens(page, pending ? whole.slice(0, whole.length - pending.length) : whole);
	return toPatch(page, pending, screen.bytes);
}

/** The sequence at the end that may go on with the next text. */
function unfinished(text: string): string {
	const last = text.lastIndexOf(ESC);
	if (last < 0) return '';
	// An ESC at the very end may be the first half of what closes an OSC sequence.
	const before = last === text.length - 1 && last > 0 ? text.lastIndexOf(ESC, last - 1) : -1;
	const found = [before, last].find(
		(at) => at >= 0 && text.length - at <= PENDING_LIMIT && UNFINISHED.test(text.slice(at))
	);
	return found === undefined ? '' : text.slice(found);
}

function openPage(screen: Screen): Page {
	const base = screen.hidden > 0 ? screen.head.length + screen.hidden : 0;
	const lines = screen.hidden > 0 ? [...screen.tail] : [...screen.head, ...screen.tail];
	if (lines.length === 0) lines.push('');
	const { row, column, style } = screen.cursor;
	// The line with the cursor may have been let go since.
	const here = Math.min(Math.max(0, row - base), lines.length - 1);
	return { base, lines, row: here, column, style, from: base + here };
}

/** Nothing but text and newlines, written at the very end: the case of every big print. */
function isPlain(text: string, page: Page): boolean {
	const last = page.lines.at(-1);
	if (page.style || page.row !== page.lines.length - 1 || typeof last !== 'string') return false;
	return !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text) && page.column >= visibleLength(last);
}

function writePlain(page: Page, text: string): void {
	const [first = '', ...more] = text.split('\n');
	putText(page, first);
	for (const line of more) page.lines.push(limitPlain(line));
	page.row = page.lines.length - 1;
	if (more.length > 0) page.column = Math.min(LINE_LIMIT, more.at(-1)?.length ?? 0);
}

function writeTokens(page: Page, text: string): void {
	for (const match of text.matchAll(TOKEN)) {
		const token = match[0];
		if (token === '\n') newline(page);
		else if (token === '\r') page.column = 0;
		else if (token === '\b') page.column = Math.max(0, page.column - 1);
		else if (match[2]) control(page, match[2], match[1] ?? '');
		else if ((token >= ' ' && token !== '\u007f') || token.startsWith('\t')) putText(page, token);
	}
}

function putText(page: Page, text: string): void {
	if (!text) return;
	touch(page);
	const start = Math.min(page.column, WIDTH);
	if (page.lines[page.row] === '' && start + text.length <= LINE_LIMIT) {
		const styled = page.style ? `${ESC}[${page.style}m${text}${ESC}[0m` : text;
		page.lines[page.row] = ' '.repeat(start) + styled;
		page.column = start + text.length;
		return;
	}
	const line = openLine(page);
	const column = Math.min(page.column, Math.max(WIDTH, line.length));
	line.write(column, text, page.style);
	page.column = Math.min(LINE_LIMIT, column + text.length);
}

/** The line with the cursor, to be written over: it is taken apart once, however much is written. */
function openLine(page: Page): Line {
	const line = page.lines[page.row] ?? '';
	if (line instanceof Line) return line;
	const opened = new Line(line);
	page.lines[page.row] = opened;
	return opened;
}

function newline(page: Page): void {
	page.row += 1;
	page.column = 0;
	if (page.row === page.lines.length) page.lines.push('');
}

function control(page: Page, final: string, parameters: string): void {
	// Those that begin so are private: what they say is for one kind of terminal.
	if (/^[<=>?]/.test(parameters)) return;
	const count = numberIn(parameters) || 1;
	switch (final) {
		case 'm':
			page.style = nextStyle(page.style, parameters);
			break;
		case 'A':
		case 'F':
			page.row = Math.max(0, page.row - count);
			if (final === 'F') page.column = 0;
			break;
		case 'B':
		case 'E':
			page.row = Math.min(page.lines.length - 1, page.row + count);
			if (final === 'E') page.column = 0;
			break;
		case 'C':
			page.column = Math.max(page.column, Math.min(WIDTH, page.column + count));
			break;
		case 'D':
			page.column = Math.max(0, page.column - count);
			break;
		case 'G':
			page.column = Math.min(count - 1, Math.max(page.column, WIDTH));
			break;
		case 'K':
			eraseInLine(page, numberIn(parameters));
			break;
		case 'J':
			erasePage(page, numberIn(parameters));
	}
}

/** The first number of a code; 0 if there is none. Longer ones than any screen needs are not read. */
function numberIn(parameters: string): number {
	return Number.parseInt(parameters.slice(0, 6), 10) || 0;
}

function eraseInLine(page: Page, mode: number): void {
	touch(page);
	const start = mode === 0 ? page.column : 0;
	const end = mode === 1 ? page.column + 1 : Number.POSITIVE_INFINITY;
	openLine(page).erase(start, end);
}

function erasePage(page: Page, mode: number): void {
	if (mode >= 2) {
		page.row = 0;
		page.column = 0;
	}
	eraseInLine(page, mode === 0 ? 0 : 2);
	page.lines.length = page.row + 1;
}

function touch(page: Page): void {
	page.from = Math.min(page.from, page.base + page.row);
}

function toPatch(page: Page, pending: string, bytes: number): ScreenPatch {
	const { from, base, row, column, style } = page;
	const cursor: Cursor = { row: base + row, column, style, pending };
	const lines = page.lines
		.slice(from - base)
		.map((line) => (typeof line === 'string' ? line : line.toString()));
	const headRoom = Math.max(0, HEAD - from);
	const skipped = surplus(headRoom > 0 ? lines.slice(headRoom) : lines);
	if (skipped === 0) return { from, lines, skipped, rest: [], cursor, bytes };
	const rest = lines.slice(headRoom + skipped);
	return { from, lines: lines.slice(0, headRoom), skipped, rest, cursor, bytes };
}

function byteLength(text: string): number {
	return new TextEncoder().encode(text).length;
}
