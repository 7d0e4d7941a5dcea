/**
 * The lines of a screen in blocks of a fixed place: block 7 holds lines 350 to 399, whatever was
 * folded away before. A block whose text is the same is the same for the page, so a new line costs
 * one block, not the whole output.
 */
import { isCut } from '$lib/notebook/screen';
import { hasCodes } from './ansi';

export const BLOCK = 50;
/** Follows the line's own “…”, in the inverse of its colours: it is the page's word, not the cell's. */
const CUT_HERE = '\u001b[0;7m line cut here \u001b[0m';

export interface Block {
	readonly number: number;
	readonly text: string;
	readonly lines: number;
	/** Holds a progress bar, which must not be wrapped. */
	readonly isBar: boolean;
	readonly isColoured: boolean;
}

const BAR = /\d+%\|.*\||[█━▏▎▍▌▋▊▉╸╺]{3}/;

/** @param first number of the first of the lines in their stream */
export function toBlocks(lines: readonly string[], first: number): readonly Block[] {
	const blocks: Block[] = [];
	let at = 0;
	while (at < lines.length) {
		const number = Math.floor((first + at) / BLOCK);
		const end = Math.min(lines.length, (number + 1) * BLOCK - first);
		const text = lines.slice(at, end).map(withMark).join('\n');
		blocks.push({
			number,
			text,
			lines: end - at,
			isBar: BAR.test(text),
			isColoured: hasCodes(text)
		});
		at = end;
	}
	return blocks;
}

function withMark(line: string): string {
	return isCut(line) ? line + CUT_HERE : line;
}

/** What a reader sees: the newline that ends a print is not a line of its own. */
export function withoutLastEmpty(lines: readonly string[]): readonly string[] {
	return lines.length > 1 && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
