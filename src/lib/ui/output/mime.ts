/**
 * Which of the forms that Python offers of a value is shown, and whether it may be shown at all.
 * The order is the product's choice: a form that says more comes first.
 */
import { CHART_MIME, type MimeBundle } from '$lib/notebook/output';

export type Kind =
	| 'chart'
	| 'vega-lite'
	| 'vega'
	| 'widget'
	| 'html'
	| 'script'
	| 'markdown'
	| 'latex'
	| 'svg'
	| 'image'
	| 'json'
	| 'text';

export interface Choice {
	readonly kind: Kind;
	readonly mime: string;
	readonly value: unknown;
	/** Characters; what is over the limit is told, not shown. */
	readonly size: number;
	readonly limit: number;
}

interface Form {
	readonly kind: Kind;
	readonly pattern: RegExp;
	readonly limit: number;
}

const KB = 1024;
const MB = 1024 * KB;

const FORMS: readonly Form[] = [
	{ kind: 'chart', pattern: new RegExp(`^${CHART_MIME.replaceAll(/[.+]/g, '\\$&')}$`), limit: MB },
	{
		kind: 'vega-lite',
		pattern: /^application\/vnd\.vegalite\.v[3-6](?:\.\d+)*[+.]json$/,
		limit: 8 * MB
	},
	{
		kind: 'vega',
		pattern: /^application\/vnd\.vega\.v[3-6](?:\.\d+)*[+.]json$/,
		limit: 8 * MB
	},
	{ kind: 'widget', pattern: /^application\/vnd\.jupyter\.widget-view\+json$/, limit: MB },
	{ kind: 'html', pattern: /^text\/html$/, limit: 8 * MB },
	{ kind: 'markdown', pattern: /^text\/markdown$/, limit: MB },
	{ kind: 'latex', pattern: /^text\/latex$/, limit: 100 * KB },
	{ kind: 'svg', pattern: /^image\/svg\+xml$/, limit: 8 * MB },
	// The types that browsers draw, in the order in which cells offer them beside each other.
	...[/^image\/png$/, /^image\/jpe?g$/, /^image\/(?:webp|avif|gif|apng|bmp)$/].map((pattern) => ({
		kind: 'image' as const,
		pattern,
		limit: 22 * MB
	})),
	{ kind: 'script', pattern: /^(?:application|text)\/javascript$/, limit: 8 * MB },
	{ kind: 'json', pattern: /^application\/(?:geo\+)?json$/, limit: 4 * MB },
	{ kind: 'text', pattern: /^text\/plain$/, limit: MB }
];

/** `null`: none of the forms is one that the page knows. */
export function chooseForm(data: MimeBundle): Choice | null {
	for (const { kind, pattern, limit } of FORMS) {
		const mime = Object.keys(data).find((name) => pattern.test(name));
		if (mime === undefined) continue;
		const value = data[mime];
		return { kind, mime, value, size: sizeOf(value), limit };
	}
	return null;
}

/** Jupyter may send long text as a list of lines. */
export function toText(value: unknown): string {
	if (Array.isArray(value)) return value.map(toText).join('');
	return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** The forms that a cell gave besides plain text and that the page does not know. */
export function unknownForms(data: MimeBundle): readonly string[] {
	return Object.keys(data).filter(
		(mime) => mime !== 'text/plain' && !FORMS.some(({ pattern }) => pattern.test(mime))
	);
}

function sizeOf(value: unknown): number {
	if (typeof value === 'string') return value.length;
	try {
		return JSON.stringify(value).length;
	} catch (error) {
		// Nested so deep that it cannot be written down cannot be shown as a tree either.
		if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
		throw error;
	}
}

export function formatSize(characters: number): string {
	if (characters === Number.POSITIVE_INFINITY) return 'more than can be measured';
	if (characters < MB) return `${Math.max(1, Math.round(characters / KB))} kB`;
	return `${(characters / MB).toFixed(characters < 10 * MB ? 1 : 0)} MB`;
}
