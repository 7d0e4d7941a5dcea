/**
 * One line of a screen: text with colour codes, always closed (`ESC[0m`) where it opens one.
 */
import { LINE_LIMIT } from './screen';

const ESC = '\u001b';
const STYLED = /\u001b\[([\d;]*)m/g;

interface Glyph {
	readonly char: string;
	readonly style: string;
}

/** Number of visible characters. */
export function visibleLength(line: string): number {
	return line.includes(ESC) ? readGlyphs(line).length : line.length;
}

/** The line after `text` was written at `column`, over what stood there. */
export function writeLine(line: string, column: number, text: string, style: string): string {
	const length = visibleLength(line);
	const styled = style ? `${ESC}[${style}m${text}${ESC}[0m` : text;
	if (column === 0 && text.length >= length) return limit(styled);
	if (column >= length) {
		return length >= LINE_LIMIT ? line : limit(line + ' '.repeat(column - length) + styled);
	}
	const glyphs = readGlyphs(line);
	glyphs.splice(column, text.length, ...Array.from(text).map((char) => ({ char, style })));
	return printGlyphs(glyphs);
}

/** The line with the characters from `start` up to `end` blanked; an open end is cut off. */
export function eraseLine(line: string, start: number, end: number): string {
	const glyphs = readGlyphs(line);
	if (end >= glyphs.length) return printGlyphs(glyphs.slice(0, start));
	return printGlyphs(
		glyphs.map((glyph, index) => (index >= start && index < end ? { char: ' ', style: '' } : glyph))
	);
}

function limit(line: string): string {
	return line.length > LINE_LIMIT * 2 ? printGlyphs(readGlyphs(line).slice(0, LINE_LIMIT)) : line;
}

function readGlyphs(line: string): Glyph[] {
	const glyphs: Glyph[] = [];
	let style = '';
	let at = 0;
	for (const match of line.matchAll(STYLED)) {
		for (const char of line.slice(at, match.index)) glyphs.push({ char, style });
		style = match[1] === '0' ? '' : (match[1] ?? '');
		at = match.index + match[0].length;
	}
	for (const char of line.slice(at)) glyphs.push({ char, style });
	return glyphs;
}

function printGlyphs(glyphs: readonly Glyph[]): string {
	let line = '';
	let style = '';
	for (const glyph of glyphs) {
		if (glyph.style !== style) {
			line += (style ? `${ESC}[0m` : '') + (glyph.style ? `${ESC}[${glyph.style}m` : '');
			style = glyph.style;
		}
		line += glyph.char;
	}
	return style ? `${line}${ESC}[0m` : line;
}
