/** A node of the Markdown tree, as far as the lesson compiler looks at it. */
export interface Node {
	type: string;
	value?: string;
	url?: string;
	lang?: string | null;
	meta?: string | null;
	depth?: number;
	children?: Node[];
	data?: { hProperties?: Record<string, unknown> };
	position?: { start: Point; end: Point };
}

export interface Point {
	readonly line: number;
	readonly column: number;
}

/** Where a lesson cannot be compiled, in the author's own file. */
export interface Fault {
	readonly line: number;
	readonly message: string;
}

/** What a plugin throws to say that the lesson has a fault. */
export class LessonFault extends Error {
	readonly line: number;

	constructor(line: number, message: string) {
		super(message);
		this.line = line;
	}
}

/** All nodes, parents first. */
export function* walk(node: Node): Generator<Node> {
	yield node;
	for (const child of node.children ?? []) yield* walk(child);
}

export function lineOf(node: Node): number {
	return node.position?.start.line ?? 1;
}
