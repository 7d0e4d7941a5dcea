/** Characters of one text that are drawn without being asked for. */
const DRAWN = 10_000;

/** The beginning of a text, never ending within a colour code or a character. */
export function firstPart(text: string): string {
	if (text.length <= DRAWN) return text;
	return text
		.slice(0, DRAWN)
		.replace(/\u001b\[?[\d;]*$/, '')
		.replace(/[\uD800-\uDBFF]$/, '');
}
