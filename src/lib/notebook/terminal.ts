/**
 * Turns raw stream text into a patch for a screen: newline, carriage return, backspace, cursor
 * moves, erasing and colours. Enough for tqdm (nested too), rich and wandb; everything else that
 * begins with ESC is swallowed. Runs on the server only; pure all the same.
 */
import { eraseLine, visibleLength, writeLine } from './line';
import { HEAD, TAIL, type Cursor, type Screen, type ScreenPatch } from './screen';
import { nextStyle } from './style';

/** The lines that can still change, while text is being written. */
interface Page {
	/** Number of the first line in `lines`. */
	readonly base: number;
	readonly lines: string[];
	row: number;
	column: number;
	style: string;
	/** Lowest line number touched. */
	from: number;
}

// A run of plain text, or one control: newline, CSI sequence, OSC sequence, other escape, control.
const TOKEN =
	/[^\u0000-\u0008\u000a-\u001f\u007f]+|\n|\r|\u001b\[([\d;:?]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[^[\]]|[\u0000-\u001f\u007f]/g;
const UNFINISHED = /\u001b(?:\[[\d;:?]*|\][^\u0007\u001b]*\u001b?)?$/;
const PENDING_LIMIT = 4096;

/** The change that `text` makes to `screen`. */
export function writeScreen(screen: Screen, text: string): ScreenPatch {
	const whole = screen.cursor.pending + text;
	const pending = UNFINISHED.exec(whole)?.[0].slice(0, PENDING_LIMIT) ?? '';
	const ready = whole.slice(0, whole.length - pending.length);
	const page = openPage(screen);
	if (isPlain(ready, page)) writePlain(page, ready);
	else writeTokens(page, ready);
	const { row, column, style } = page;
	const cursor: Cursor = { row: page.base + row, column, style, pending };
	return toPatch(page, cursor, screen.bytes + byteLength(text));
}

function openPage(screen: Screen): Page {
	const base = screen.hidden > 0 ? screen.head.length + screen.hidden : 0;
	const lines = screen.hidden > 0 ? [...screen.tail] : [...screen.head, ...screen.tail];
	if (lines.length === 0) lines.push('');
	const { row, column, style } = screen.cursor;
	return { base, lines, row: row - base, column, style, from: row };
}

/** Nothing but text and newlines, written at the very end: the case of every big print. */
function isPlain(text: string, page: Page): boolean {
	if (page.style || page.row !== page.lines.length - 1) return false;
	return (
		!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text) && page.column >= visibleLength(last(page))
	);
}

function writePlain(page: Page, text: string): void {
	const [first = '', ...more] = text.split('\n');
	putText(page, first);
	for (const line of more) page.lines.push(writeLine('', 0, line, ''));
	page.row = page.lines.length - 1;
	if (more.length > 0) page.column = more.at(-1)?.length ?? 0;
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
	page.lines[page.row] = writeLine(page.lines[page.row] ?? '', page.column, text, page.style);
	page.column += text.length;
}

function newline(page: Page): void {
	page.row += 1;
	page.column = 0;
	if (page.row === page.lines.length) page.lines.push('');
}

function control(page: Page, final: string, parameters: string): void {
	const count = Math.max(1, Number.parseInt(parameters, 10) || 1);
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
			page.column += count;
			break;
		case 'D':
			page.column = Math.max(0, page.column - count);
			break;
		case 'G':
			page.column = count - 1;
			break;
		case 'K':
			eraseInLine(page, Number.parseInt(parameters, 10) || 0);
			break;
		case 'J':
			erasePage(page, Number.parseInt(parameters, 10) || 0);
	}
}

function eraseInLine(page: Page, mode: number): void {
	touch(page);
	const start = mode === 0 ? page.column : 0;
	const end = mode === 1 ? page.column + 1 : Number.POSITIVE_INFINITY;
	page.lines[page.row] = eraseLine(page.lines[page.row] ?? '', start, end);
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

function last(page: Page): string {
	return page.lines.at(-1) ?? '';
}

function toPatch(page: Page, cursor: Cursor, bytes: number): ScreenPatch {
	const lines = page.lines.slice(page.from - page.base);
	const headRoom = Math.max(0, HEAD - page.from);
	const skipped = lines.length - headRoom - TAIL;
	if (skipped <= 0) return { from: page.from, lines, skipped: 0, rest: [], cursor, bytes };
	return {
		from: page.from,
		lines: lines.slice(0, headRoom),
		skipped,
		rest: lines.slice(-TAIL),
		cursor,
		bytes
	};
}

function byteLength(text: string): number {
	return new TextEncoder().encode(text).length;
}
