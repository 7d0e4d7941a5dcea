/**
 * HTML from a kernel, made harmless. What comes out are nodes, not text: nothing parses them again,
 * which is how clean HTML has come to life elsewhere.
 */
import DOMPurify from 'dompurify';
import { readInert } from './inert';

const TABLE_TAGS = [
	'table',
	'caption',
	'colgroup',
	'col',
	'thead',
	'tbody',
	'tfoot',
	'tr',
	'th',
	'td',
	'div',
	'p',
	'span',
	'b',
	'i',
	'em',
	'strong',
	'code',
	'br',
	'sub',
	'sup',
	'small'
];
// No classes: the page has some that cover it.
const TABLE_ATTRIBUTES = ['colspan', 'rowspan', 'scope', 'span', 'title', 'align'];
/** pandas puts a stylesheet in front of a table. It is dropped before anything parses it. */
const STYLESHEET = /<style\b[^>]*>([\s\S]*?)<\/style\s*>/gi;

/** Is this HTML a table and nothing that would need a frame of its own? */
export function isPlainTable(html: string): boolean {
	if (!/<table\b/i.test(html)) return false;
	// A styled table (pandas Styler) says something by its colours; the frame keeps them.
	const sheets = [...html.matchAll(STYLESHEET)].map((match) => match[1] ?? '');
	if (sheets.some((sheet) => /#T_|background|color\s*:/.test(sheet))) return false;
	const body = readInert(html.replace(STYLESHEET, ''));
	const elements = [...body.querySelectorAll('*')];
	return elements.some((element) => element.localName === 'table') && elements.every(isPlain);
}

function isPlain(element: Element): boolean {
	const style = element.getAttribute('style') ?? '';
	return TABLE_TAGS.includes(element.localName) && !/background|color/.test(style);
}

/** A table made harmless, with at most so many rows; `rows` says how many it has. */
export function sanitizeTable(
	html: string,
	most = Number.POSITIVE_INFINITY
): { readonly fragment: DocumentFragment; readonly rows: number } {
	const body = readInert(html.replace(STYLESHEET, ''));
	const rows = [...body.querySelectorAll('tr')];
	// Making harmless what nobody will see takes seconds.
	for (const row of rows.slice(most)) row.remove();
	return { fragment: sanitizeRows(body.innerHTML), rows: rows.length };
}

function sanitizeRows(html: string): DocumentFragment {
	const fragment = DOMPurify.sanitize(html, {
		ALLOWED_TAGS: TABLE_TAGS,
		ALLOWED_ATTR: TABLE_ATTRIBUTES,
		ALLOW_DATA_ATTR: false,
		ALLOW_ARIA_ATTR: false,
		RETURN_DOM_FRAGMENT: true
	});
	for (const corner of fragment.querySelectorAll('th:empty')) toDataCell(corner);
	return fragment;
}

/** The corner above the row names heads nothing. */
function toDataCell(corner: Element): void {
	const cell = document.createElement('td');
	for (const { name, value } of corner.attributes) cell.setAttribute(name, value);
	corner.replaceWith(cell);
}

const MARKDOWN_TAGS = [
	'h1',
	'h2',
	'h3',
	'h4',
	'h5',
	'h6',
	'p',
	'br',
	'hr',
	'blockquote',
	'pre',
	'code',
	'kbd',
	'samp',
	'ul',
	'ol',
	'li',
	'dl',
	'dt',
	'dd',
	'a',
	'img',
	'strong',
	'em',
	'b',
	'i',
	'u',
	's',
	'del',
	'ins',
	'mark',
	'sub',
	'sup',
	'small',
	'span',
	'div',
	'details',
	'summary',
	'table',
	'caption',
	'thead',
	'tbody',
	'tfoot',
	'tr',
	'th',
	'td'
];
const MARKDOWN_ATTRIBUTES = [
	'href',
	'src',
	'alt',
	'title',
	'width',
	'height',
	'align',
	'start',
	'colspan',
	'rowspan',
	'open'
];

export function sanitizeMarkdown(html: string): DocumentFragment {
	const fragment = DOMPurify.sanitize(html, {
		ALLOWED_TAGS: MARKDOWN_TAGS,
		ALLOWED_ATTR: MARKDOWN_ATTRIBUTES,
		ALLOW_DATA_ATTR: false,
		ALLOW_ARIA_ATTR: false,
		// No address but the harmless ones; an image may carry its data.
		ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#|data:image\/(?:png|jpeg|gif|webp);)/i,
		RETURN_DOM_FRAGMENT: true
	});
	for (const link of fragment.querySelectorAll('a[href]')) tidyLink(link);
	// Any other address is one of ours, since the page's policy lets no other pass: it would ask in the reader's name.
	for (const image of fragment.querySelectorAll('img:not([src^="data:" i])')) {
		image.removeAttribute('src');
	}
	for (const image of fragment.querySelectorAll('img:not([alt])')) {
		image.setAttribute('alt', 'Image. The cell gives no description.');
	}
	return fragment;
}

/** An attachment that fills an element with what was made harmless. */
export function show(fragment: DocumentFragment): (element: HTMLElement) => void {
	return (element) => element.replaceChildren(fragment.cloneNode(true));
}

/** A link must not replace the lesson that is open. */
function tidyLink(link: Element): void {
	if (link.getAttribute('href')?.startsWith('#')) return;
	link.setAttribute('target', '_blank');
	link.setAttribute('rel', 'noopener noreferrer nofollow');
}
