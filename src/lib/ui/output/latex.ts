/** Where the mathematics is, in LaTeX as Python sends it and in the text of a Markdown output. */
export interface Formula {
	readonly source: string;
	/** It stands on a line of its own. */
	readonly isDisplay: boolean;
}

export type LatexPart =
	| { readonly type: 'text'; readonly text: string }
	| { readonly type: 'formula'; readonly formula: Formula };

/** A longer formula is not looked for. Characters. */
const LONGEST = 20_000;

// As Jupyter and Pandoc have it: nothing empty inside the dollars, and no digit after the last one, so
// that “$5 and $6” stays prose.
const DISPLAY = /^\$\$((?:\\[\s\S]|[^\\$]|\$(?!\$))+?)\$\$/;
const INLINE = /^\$(?![\s$])((?:\\[\s\S]|[^\\$\n]|\n(?!\s*\n))*?)(?<!\s)\$(?![\d$])/;
const BEGIN =
	/^\\begin\{((?:equation|align|alignat|gather|multline|eqnarray|displaymath|math)\*?)\}/;

export interface Found {
	/** How many characters it takes with its delimiters. */
	readonly length: number;
	readonly formula: Formula;
}

/** The formula that `text` begins with, in dollars or as an environment. */
export function formulaAt(text: string): Found | null {
	const near = text.slice(0, LONGEST);
	if (near.startsWith('\\begin{')) return environmentAt(near);
	return matchAt(near, DISPLAY, true) ?? matchAt(near, INLINE, false);
}

function matchAt(text: string, pattern: RegExp, isDisplay: boolean): Found | null {
	const match = pattern.exec(text);
	const source = match?.[1]?.trim();
	if (!match || !source) return null;
	// SymPy writes `$\displaystyle …$` for what is meant to stand alone.
	const stands = isDisplay || source.startsWith('\\displaystyle');
	return { length: match[0].length, formula: { source, isDisplay: stands } };
}

/** These stand for the delimiters themselves; KaTeX knows them only inside some. */
const BARE = new Set(['equation', 'displaymath', 'math', 'eqnarray', 'multline']);

function environmentAt(text: string): Found | null {
	const name = BEGIN.exec(text)?.[1];
	if (name === undefined) return null;
	const [begin, finish] = [`\\begin{${name}}`, `\\end{${name}}`];
	const end = text.indexOf(finish);
	if (end < 0) return null;
	const length = end + finish.length;
	const isBare = BARE.has(name.replace('*', ''));
	const source = isBare ? text.slice(begin.length, end).trim() : text.slice(0, length);
	return source ? { length, formula: { source, isDisplay: true } } : null;
}

/** A LaTeX output as text with the formulas in it; one without any delimiters is a formula, or prose. */
export function readLatex(text: string): readonly LatexPart[] {
	const trimmed = text.trim();
	const parts = split(trimmed);
	if (parts.some(({ type }) => type === 'formula') || isProse(trimmed)) return parts;
	return [{ type: 'formula', formula: { source: trimmed, isDisplay: true } }];
}

function split(text: string): readonly LatexPart[] {
	const parts: LatexPart[] = [];
	let prose = '';
	let at = 0;
	while (at < text.length) {
		const found = latexAt(text.slice(at, at + LONGEST));
		if (found) {
			if (prose) parts.push({ type: 'text', text: prose });
			prose = '';
			parts.push({ type: 'formula', formula: found.formula });
		}
		// What is escaped begins nothing.
		const length = found?.length ?? (/^\\[$\\]/.test(text.slice(at, at + 2)) ? 2 : 1);
		if (!found) prose += text.slice(at, at + length).replace(/^\\\$/, '$');
		at += length;
	}
	return prose ? [...parts, { type: 'text', text: prose }] : parts;
}

function latexAt(text: string): Found | null {
	if (text.startsWith('\\[')) return between(text, '\\]', true);
	if (text.startsWith('\\(')) return between(text, '\\)', false);
	return text.startsWith('$') || text.startsWith('\\b') ? formulaAt(text) : null;
}

function between(text: string, close: string, isDisplay: boolean): Found | null {
	const end = text.indexOf(close, close.length);
	const source = text.slice(close.length, Math.max(0, end)).trim();
	return source ? { length: end + close.length, formula: { source, isDisplay } } : null;
}

/** Words, or money, and nothing that only mathematics has. */
function isProse(text: string): boolean {
	if (text.includes('$')) return true;
	return !/[\\^_={}]/.test(text) && /[a-z]{2,}[\s,.;:]+[a-z]{2,}/i.test(text);
}
