/**
 * Which SVG may be a picture of the page. A browser draws one in the page's own process, and a few
 * hundred letters can ask for a hundred million shapes: parts that repeat parts. Such a one is drawn in
 * the frame for outputs, which is stopped when it does not answer. Pure.
 */

/** What repeats, filters or brings along other pictures, or could be spelled in another way. */
const OTHER =
	/<(?:[\w-]+:)?(?:pattern|filter|mask|marker|image|feImage|foreignObject|animate\w*|set)\b|<!ENTITY/i;
const USE = /<(?:[\w-]+:)?use\b/gi;
const NAMED = /\bid\s*=/gi;
const TAG = /<[^<>]*>/g;
/** Letters of all shapes that are repeated, each counted as often as it is. */
const MOST = 20_000_000;

/** Only single shapes are repeated in it, as plotting libraries do with letters and marks. Takes time in proportion. */
export function isPlainSvg(text: string): boolean {
	if (OTHER.test(text)) return false;
	const uses = text.match(USE)?.length ?? 0;
	if (uses === 0) return true;
	if (text.includes('&')) return false;
	const wanted: string[] = [];
	const shapes = new Map<string, number>();
	let named = 0;
	for (const tag of text.match(TAG) ?? []) {
		const names = tag.match(NAMED)?.length ?? 0;
		const id = names > 0 ? /\bid="([^"]+)"/.exec(tag)?.[1] : '';
		if (names > 1 || id === undefined || (id && shapes.has(id))) return false;
		named += names;
		if (id) shapes.set(id, /^<path\s/.test(tag) && tag.endsWith('/>') ? tag.length : Infinity);
		if (/^<use\s/.test(tag)) wanted.push(...(tag.match(/(?<=\bhref="#)[^"]+(?=")/g) ?? []));
	}
	// Something else is spelled in a way that is not known here.
	if (wanted.length !== uses || named !== text.match(NAMED)?.length) return false;
	return wanted.reduce((sum, id) => sum + (shapes.get(id) ?? Infinity), 0) <= MOST;
}
