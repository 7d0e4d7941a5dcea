/** The mathematics inside LaTeX as Python sends it, and whether it stands on a line of its own. */
export interface Formula {
	readonly source: string;
	readonly isDisplay: boolean;
}

const WRAPPERS: readonly (readonly [RegExp, boolean])[] = [
	[/^\$\$([\s\S]+)\$\$$/, true],
	[/^\\\[([\s\S]+)\\\]$/, true],
	[
		/^\\begin\{(?:equation|displaymath|math)\*?\}([\s\S]+)\\end\{(?:equation|displaymath|math)\*?\}$/,
		true
	],
	[/^\$([^$]+)\$$/, false],
	[/^\\\(([\s\S]+)\\\)$/, false]
];

export function readLatex(text: string): Formula {
	const trimmed = text.trim();
	for (const [pattern, isDisplay] of WRAPPERS) {
		const source = pattern.exec(trimmed)?.[1];
		// SymPy writes `$\displaystyle …$` for what is meant to stand alone.
		if (source) return { source, isDisplay: isDisplay || source.startsWith('\\displaystyle') };
	}
	return { source: trimmed, isDisplay: true };
}
