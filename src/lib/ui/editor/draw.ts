import { highlightLines, type Token } from './highlight';

/** What an editor says of itself, so that nothing is read out anew when one takes its place. */
const AS_EDITOR =
	'contenteditable="plaintext-only" tabindex="0" role="textbox" aria-multiline="true" ' +
	'spellcheck="false" autocorrect="off" autocapitalize="off" translate="no"';

/**
 * The code of a cell as HTML that can be typed into without any script. `code` has line breaks of
 * one character. The line break at its end belongs to the drawing: a browser shows no empty last
 * line without one.
 * @param isColoured takes a server longer than all the rest of a page, where the code is long
 */
export function drawCode(code: string, label: string, isColoured = true): string {
	const lines = isColoured
		? highlightLines(code).map((line) => line.map(drawToken).join(''))
		: [escape(code)];
	const text = `<div class="code-text" data-early aria-label="${escape(label)}" ${AS_EDITOR}>`;
	return `<div class="code-lines">${text}${lines.join('\n')}\n</div></div>`;
}

function drawToken({ text, classes }: Token): string {
	return classes ? `<span class="${classes}">${escape(text)}</span>` : escape(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;'
};

function escape(text: string): string {
	return text.replaceAll(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
