import { headingId } from '../lib/lesson/parse.ts';
import { LessonFault, lineOf, walk, type Node } from './tree.ts';

const HEADING = /^#{2,3}\s+(.+?)\s*#*\s*$/;
const ENTITIES: Readonly<Record<string, string>> = {
	'<': '&lt;',
	'>': '&gt;',
	'{': '&#123;',
	'}': '&#125;',
	'&': '&amp;'
};

/** Text as HTML that Svelte leaves alone. */
export function escapeText(text: string): string {
	return text.replaceAll(/[<>{}&]/g, (char) => ENTITIES[char] ?? char);
}

/** Prose is prose: a brace or a `<` in a sentence is a character, not Svelte. */
export function keepProse(tree: Node): void {
	for (const node of walk(tree)) {
		// mdsvex has turned `\<` and lone brackets into entities already.
		if (node.type === 'text') {
			node.value = (node.value ?? '').replaceAll(/[<>{}]|&(?!(?:lt|gt);)/g, (char) =>
				escapeText(char)
			);
		}
	}
}

/** Gives `##` and `###` the anchors that the table of contents links to. */
export function anchorHeadings(tree: Node, lines: readonly string[]): void {
	const seen = new Map<string, number>();
	for (const node of tree.children ?? []) {
		const text = node.type === 'heading' ? HEADING.exec(lines[lineOf(node) - 1] ?? '')?.[1] : null;
		if (!text) continue;
		const id = headingId(text);
		const twin = seen.get(id);
		if (twin) {
			throw new LessonFault(lineOf(node), `The heading “${text}” is already used on line ${twin}.`);
		}
		seen.set(id, lineOf(node));
		setProperty(node, 'id', id);
	}
}

export function tidyLinks(tree: Node): void {
	for (const node of walk(tree)) {
		if (node.url) node.url = node.url.replaceAll(/[{}]/g, escapeText);
		if (node.type !== 'link') continue;
		const isExternal = /^(https?:)?\/\//i.test(node.url ?? '');
		setProperty(node, 'rel', isExternal ? ['external', 'noopener', 'noreferrer'] : undefined);
	}
}

function setProperty(node: Node, name: string, value: unknown): void {
	node.data = { ...node.data, hProperties: { ...node.data?.hProperties, [name]: value } };
}

/** A component that nobody imported would break the page only when a learner opens it. */
export function checkComponents(tree: Node): void {
	const html = [...walk(tree)].filter((node) => node.type === 'html');
	const scripts = html
		.map((node) => node.value ?? '')
		.filter((value) => /^\s*<script\b/.test(value));
	for (const node of html) {
		if (scripts.includes(node.value ?? '')) continue;
		for (const [before, name = ''] of tags(node.value ?? '')) {
			const isKnown =
				name === 'Cell' || scripts.some((script) => new RegExp(`\\b${name}\\b`).test(script));
			if (isKnown) continue;
			const line = lineOf(node) + before.split('\n').length - 1;
			throw new LessonFault(line, `The component <${name}> is not imported in this lesson.`);
		}
	}
}

function tags(html: string): readonly (readonly [before: string, name: string])[] {
	return [...html.matchAll(/<([A-Z]\w*)/g)].map((match) => [
		html.slice(0, match.index),
		match[1] ?? ''
	]);
}
