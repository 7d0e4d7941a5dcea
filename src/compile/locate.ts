/**
 * Finds the author's line for a fault in generated code. mdsvex gives no source map, so the page is
 * generated a second time with a comment before each block that says which line it came from.
 */
import { lineOf, type Node } from './tree.ts';

const MARK = /<!--line (\d+)-->\n?/g;
const HOLDERS = new Set(['root', 'listItem', 'blockquote']);

/** Puts a comment with the line number before every block. */
export function markLines(tree: Node): void {
	for (const child of tree.children ?? []) markLines(child);
	if (!HOLDERS.has(tree.type) || !tree.children) return;
	tree.children = tree.children.flatMap((child) =>
		child.type === 'html' && /^\s*<(?:script|style)\b/.test(child.value ?? '')
			? [child]
			: [{ type: 'html', value: `<!--line ${lineOf(child)}-->` }, child]
	);
}

/** The line of the author that stands at `offset` of the marked code; `null` before any mark. */
export function lineAt(marked: string, offset: number): number | null {
	const mark = [...marked.slice(0, offset).matchAll(MARK)].at(-1);
	if (!mark) return null;
	const start = mark.index + mark[0].length;
	return Number(mark[1]) + marked.slice(start, offset).split('\n').length - 1;
}

/** The first line with which reading crashes: the smallest number of lines that crash. */
export async function lineOfCrash(
	count: number,
	crashes: (lines: number) => Promise<boolean>
): Promise<number> {
	let good = 0;
	let bad = count;
	while (bad - good > 1) {
		const middle = Math.floor((good + bad) / 2);
		if (await crashes(middle)) bad = middle;
		else good = middle;
	}
	return bad;
}
