import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';

export interface Token {
	readonly text: string;
	/** Classes of `code.css`; empty for what has no colour of its own. */
	readonly classes: string;
}

/** Python in lines of coloured pieces, with the classes the editor itself uses. */
export function highlightLines(code: string): readonly (readonly Token[])[] {
	const lines: Token[][] = [];
	let line: Token[] = [];
	const endLine = () => {
		lines.push(line);
		line = [];
	};
	highlightCode(
		code,
		pythonLanguage.parser.parse(code),
		classHighlighter,
		(text, classes) => line.push({ text, classes }),
		endLine
	);
	endLine();
	return lines;
}
