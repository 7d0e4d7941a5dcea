import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Python as HTML, one `<div>` a line, with the classes the editor uses. Safe for `{@html}`. */
export function highlightLines(code: string): string {
	const lines: string[] = [''];
	highlightCode(
		code,
		pythonLanguage.parser.parse(code),
		classHighlighter,
		(text, classes) => {
			const safe = text.replaceAll(/[&<>]/g, (char) => ENTITIES[char] ?? char);
			lines[lines.length - 1] += classes ? `<span class="${classes}">${safe}</span>` : safe;
		},
		() => lines.push('')
	);
	return lines.map((line) => `<div>${line || '<br>'}</div>`).join('');
}
