/**
 * Draws a chart that a cell specifies. It runs in the frame for outputs, as one script of its own
 * (`?bundle`): there its fields, listeners and errors reach nothing but the frame.
 */
import { withPageLook } from '../../chart/foreign';
import { tooMuch } from '../../chart/limits';
import { chartConfig, PAGE_THEME } from '../../chart/theme';
import { drawVega, refusingLoader, toVega } from './vega';

type Refused = (what: string, address: string) => void;

async function drawForeign(
	text: string,
	language: string,
	element: HTMLElement,
	refused: Refused
): Promise<void> {
	const given: unknown = JSON.parse(text);
	const reason = tooMuch(given);
	if (reason) throw new Error(reason);
	keepFieldsHere(given);
	const spec = language === 'vega' ? (given as object) : toVega(lookOf(given));
	await drawVega(spec, element, { ...loaderOf(refused) });
}

/** Fields stand by the chart, not in the place of something else of the frame. */
function keepFieldsHere(spec: unknown): void {
	const left: { readonly part: unknown; readonly isBound: boolean }[] = [
		{ part: spec, isBound: false }
	];
	for (let next = left.pop(); next; next = left.pop()) {
		const { part, isBound } = next;
		if (typeof part !== 'object' || part === null) continue;
		if (isBound) Reflect.deleteProperty(part, 'element');
		for (const [name, inner] of Object.entries(part)) {
			left.push({ part: inner, isBound: isBound || name === 'bind' });
		}
	}
}

function lookOf(given: unknown): object {
	return withPageLook(given, chartConfig(PAGE_THEME));
}

/** Pictures that the chart brings along are drawn; where a link leads the page asks the reader. */
function loaderOf(refused: Refused) {
	const loader = refusingLoader((uri, context) => {
		if (context === 'image' && /^data:image\//i.test(uri)) return uri;
		if (context === 'href' && /^https?:/i.test(uri)) return uri;
		if (context === 'image') refused('image', uri);
		return null;
	});
	const load: typeof loader.load = (uri, options) => {
		refused('data', uri);
		return loader.load(uri, options);
	};
	return { ...loader, load };
}

Object.assign(globalThis, { drawForeign });
