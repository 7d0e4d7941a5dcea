import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser } from '@lezer/python';
import { escapeText } from './prose.ts';

/** Code that is shown, not run: coloured while building, so that the page needs no script for it. */
export function highlight(code: string, language: string | null | undefined): string {
	const name = /^[\w+-]+$/.test(language ?? '') ? language : 'text';
	const html = name === 'python' ? highlightPython(code) : escapeCode(code);
	return `<pre class="code" data-language="${name}"><code>${html}</code></pre>`;
}

function highlightPython(code: string): string {
	let html = '';
	highlightCode(
		code,
		parser.parse(code),
		classHighlighter,
		(text, classes) => {
			html += classes ? `<span class="${classes}">${escapeCode(text)}</span>` : escapeCode(text);
		},
		() => {
			html += '\n';
		}
	);
	return html;
}

function escapeCode(text: string): string {
	return escapeText(text).replaceAll('`', '&#96;');
}
