import { LessonFault, lineOf, walk, type Node } from './tree.ts';

interface KnownCell {
	readonly id: string;
	readonly code: string;
	readonly line: number;
}

const INFO = /^cell\s+id=([\w-]+)\s*$/;

/**
 * Every `python cell` fence becomes `<Cell id="…" />`: its text lives in the notebook, not in the
 * page. The notebook's own reading of the file must agree, or a learner would meet a cell that is
 * nowhere or run a text that is not shown.
 */
export function placeCells(tree: Node, cells: readonly KnownCell[]): void {
	const placed = new Set([...walk(tree)].flatMap((node) => placeCell(node, cells)));
	const lost = cells.find((cell) => !placed.has(cell.id));
	if (lost) {
		throw new LessonFault(
			lost.line,
			`The cell \`${lost.id}\` stands inside HTML or beside a list mark, so the page would not show it. Put it on lines of its own, with an empty line before and after.`
		);
	}
}

function placeCell(node: Node, cells: readonly KnownCell[]): readonly string[] {
	const id =
		node.type === 'code' && node.lang === 'python' ? INFO.exec(node.meta ?? '')?.[1] : null;
	if (!id) return [];
	const known = cells.find((cell) => cell.id === id);
	if (known?.code.trimEnd() !== node.value?.trimEnd()) {
		throw new LessonFault(
			lineOf(node),
			`The text of the cell \`${id}\` cannot be read for certain. Indent all its lines like its opening fence.`
		);
	}
	node.type = 'html';
	node.value = `<Cell id="${id}" />`;
	return [id];
}
