/**
 * Markdown with mathematics. A formula is found before Markdown reads it: to Markdown a backslash
 * is an escape and an underscore emphasis. In the HTML stands a mark for each, which the drawn formula
 * replaces once the HTML has been made harmless.
 */
import { Marked, type TokenizerAndRendererExtension } from 'marked';
import { formulaAt, type Formula } from './latex';
import { sanitizeMarkdown } from './sanitize';

/** More are left as they were written: each takes a moment. */
const MOST = 500;

export interface MarkdownText {
	readonly html: string;
	readonly formulas: readonly MarkdownFormula[];
}

interface MarkdownFormula extends Formula {
	/** As it was written. */
	readonly raw: string;
}

export function readMarkdown(text: string): MarkdownText {
	const formulas: MarkdownFormula[] = [];
	const marked = new Marked({ gfm: true });
	marked.use({
		extensions: [onItsOwnLine(formulas), inText(formulas)],
		hooks: { emStrongMask: withoutFormulas }
	});
	return { html: marked.parse(text, { async: false }), formulas };
}

function inText(formulas: MarkdownFormula[]): TokenizerAndRendererExtension {
	return {
		name: 'formula',
		level: 'inline',
		start: (text) => startOf(text, /\$|\\begin\{/),
		tokenizer: (text) => {
			const found = formulaAt(text);
			return found
				? note(formulas, 'formula', text.slice(0, found.length), found.formula)
				: undefined;
		},
		renderer: ({ mark }) => `<span>${String(mark)}</span>`
	};
}

/** Before lists and headings see its lines. */
function onItsOwnLine(formulas: MarkdownFormula[]): TokenizerAndRendererExtension {
	return {
		name: 'formulaBlock',
		level: 'block',
		start: (text) => startOf(text, /^ {0,3}(?:\$\$|\\begin\{)/m),
		tokenizer: (text) => {
			const indent = /^ {0,3}/.exec(text)?.[0].length ?? 0;
			const found = formulaAt(text.slice(indent));
			if (!found?.formula.isDisplay) return undefined;
			const end = indent + found.length;
			const rest = /^[ \t]*(?:\n+|$)/.exec(text.slice(end, end + 1000));
			if (!rest) return undefined;
			const raw = text.slice(0, end + rest[0].length);
			return note(formulas, 'formulaBlock', raw, found.formula);
		},
		renderer: ({ mark }) => `<p><span>${String(mark)}</span></p>\n`
	};
}

function startOf(text: string, pattern: RegExp): number | undefined {
	const at = text.search(pattern);
	return at < 0 ? undefined : at;
}

function note(formulas: MarkdownFormula[], type: string, raw: string, formula: Formula) {
	formulas.push({ ...formula, raw: raw.trim() });
	return { type, raw, mark: `\uE000${formulas.length - 1}\uE001` };
}

/** Of the same length: a star inside a formula begins and ends nothing. */
function withoutFormulas(text: string): string {
	return text.replaceAll(/\$(?![\s$])[^$\n]*\$/g, (formula) => 'x'.repeat(formula.length));
}

/** The text as nodes, and where in it each formula goes; until it is drawn its source stands there. */
export function toNodes({ html, formulas }: MarkdownText): {
	readonly fragment: DocumentFragment;
	readonly places: readonly { readonly element: Element; readonly formula: Formula }[];
} {
	const fragment = sanitizeMarkdown(html);
	const places = [...fragment.querySelectorAll('span')].flatMap((element) => {
		const mark = /^\uE000(\d+)\uE001$/.exec(element.textContent)?.[1];
		const formula = formulas[Number(mark ?? -1)];
		if (!formula) return [];
		element.textContent = formula.raw;
		return [{ element, formula }];
	});
	return { fragment, places: places.slice(0, MOST) };
}
