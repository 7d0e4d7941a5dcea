/**
 * One line of a screen while text is written over it. As a string it is text with colour codes,
 * always closed (`ESC[0m`) where it opens one; a line of which letters are missing ends in `CUT_MARK`.
 *
 * A column is one UTF-16 unit. What a step costs depends on the letters that are written, never on
 * how long the line is: a learner may send a million of them.
 */
import { CUT_MARK, isCut, LINE_LIMIT } from './screen';

const ESC = '\u001b';
const STYLED = /\u001b\[([\d;]*)m/g;
const SPACE = 32;
/** Letters made from their codes at once: a call takes no more arguments than the stack holds. */
const PIECE = 8192;

/** Number of visible characters. */
export function visibleLength(line: string): number {
	return line.includes(ESC) ? line.replace(STYLED, '').length : line.length;
}

/** The line, no longer than a line may be. No colours. */
export function limitPlain(line: string): string {
	if (line.length <= LINE_LIMIT) return line;
	const end = isHigh(line.charCodeAt(LINE_LIMIT - 1)) ? LINE_LIMIT - 1 : LINE_LIMIT;
	return line.slice(0, end).padEnd(LINE_LIMIT) + CUT_MARK;
}

export class Line {
	readonly #codes: number[] = [];
	readonly #styles: string[] = [];
	/** So many characters at the beginning are known to be blank. */
	#blank = 0;
	#isCut = false;

	constructor(text: string) {
		const isMarked = isCut(text);
		let style = '';
		let at = 0;
		for (const match of text.matchAll(STYLED)) {
			this.#push(text, at, match.index, style);
			style = match[1] === '0' ? '' : (match[1] ?? '');
			at = match.index + match[0].length;
		}
		this.#push(text, at, text.length - (isMarked ? CUT_MARK.length : 0), style);
		this.#isCut ||= isMarked;
	}

	get length(): number {
		return this.#codes.length;
	}

	/** Writes `text` at `column`, over what stands there. What goes beyond the limit is cut. */
	write(column: number, text: string, style: string): void {
		if (text === '') return;
		const length = Math.max(0, Math.min(text.length, LINE_LIMIT - column));
		while (this.#codes.length < column) this.#set(this.#codes.length, SPACE, '');
		for (let at = 0; at < length; at += 1) this.#set(column + at, text.charCodeAt(at), style);
		this.#blank = Math.min(this.#blank, column);
		this.#mendPair(column);
		this.#mendPair(column + length);
		if (length < text.length) this.#cut();
	}

	/** Blanks the characters from `start` up to `end`; an end beyond the last one cuts the line off. */
	erase(start: number, end: number): void {
		if (end >= this.length) {
			this.#codes.length = Math.min(this.length, start);
			this.#styles.length = this.#codes.length;
			this.#isCut = false;
			this.#blank = Math.min(this.#blank, start);
			return;
		}
		for (let at = Math.max(start, this.#blank); at < end; at += 1) this.#set(at, SPACE, '');
		if (start <= this.#blank) this.#blank = Math.max(this.#blank, end);
		this.#mendPair(start);
		this.#mendPair(end);
	}

	toString(): string {
		let text = '';
		let from = 0;
		for (let at = 1; at <= this.length; at += 1) {
			if (at < this.length && this.#styles[at] === this.#styles[from]) continue;
			const style = this.#styles[from] ?? '';
			const run = this.#text(from, at);
			text += style ? `${ESC}[${style}m${run}` : run;
			if (style) text += `${ESC}[0m`;
			from = at;
		}
		return this.#isCut ? text + CUT_MARK : text;
	}

	#push(text: string, from: number, to: number, style: string): void {
		for (let at = from; at < to; at += 1) {
			if (this.length === LINE_LIMIT) {
				this.#cut();
				return;
			}
			this.#set(this.length, text.charCodeAt(at), style);
		}
	}

	#cut(): void {
		this.#isCut = true;
		if (isHigh(this.#codes.at(-1) ?? 0)) this.#codes[this.length - 1] = SPACE;
	}

	#set(at: number, code: number, style: string): void {
		this.#codes[at] = code;
		this.#styles[at] = style;
	}

	/** Half a pair of surrogates is no character: where one half was written over, the other one goes. */
	#mendPair(at: number): void {
		const before = this.#codes[at - 1] ?? 0;
		const here = this.#codes[at] ?? 0;
		if (isHigh(before) && at < this.length && !isLow(here)) this.#codes[at - 1] = SPACE;
		if (isLow(here) && !isHigh(before)) this.#codes[at] = SPACE;
	}

	#text(from: number, to: number): string {
		let text = '';
		for (let at = from; at < to; at += PIECE)
			text += String.fromCharCode(...this.#codes.slice(at, Math.min(to, at + PIECE)));
		return text;
	}
}

function isHigh(code: number): boolean {
	return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
	return code >= 0xdc00 && code <= 0xdfff;
}
