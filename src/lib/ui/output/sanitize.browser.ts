import { beforeEach, describe, expect, test } from 'vitest';
import { marked } from 'marked';
import { isPlainTable, sanitizeMarkdown, sanitizeTable, show } from './sanitize';

/** Ways in which HTML has come to life elsewhere. `boom()` in any of them is a hole. */
const ATTACKS: readonly string[] = [
	'<script>boom()</script>',
	'<img src=x onerror=boom()>',
	'<svg onload=boom()><circle r=1 /></svg>',
	'<svg><script>boom()</script></svg>',
	'<svg><animate onbegin=boom() attributeName=x dur=1s>',
	'<svg><use href="data:image/svg+xml;base64,PHN2Zz48c2NyaXB0PmJvb20oKTwvc2NyaXB0Pjwvc3ZnPg=="></svg>',
	'<math><mtext><table><mglyph><style><img src=x onerror=boom()></style></mglyph></table></mtext></math>',
	'<math><annotation-xml encoding="text/html"><img src=x onerror=boom()></annotation-xml></math>',
	'<iframe srcdoc="<script>parent.boom()</script>"></iframe>',
	'<iframe src="javascript:parent.boom()"></iframe>',
	'<object data="javascript:boom()"></object>',
	'<embed src="javascript:boom()">',
	'<a href="javascript:boom()">x</a>',
	'<a href="  java\nscript:boom()">x</a>',
	'<a href="&#x6A;avascript:boom()">x</a>',
	'<a href="data:text/html,<script>boom()</script>">x</a>',
	'<a href="vbscript:boom()">x</a>',
	'<form action="javascript:boom()"><button>x</button></form>',
	'<button formaction="javascript:boom()">x</button>',
	'<details open ontoggle=boom()>x</details>',
	'<video><source onerror=boom()></video>',
	'<input autofocus onfocus=boom()>',
	'<body onload=boom()>',
	'<base href="https://evil.example/">',
	'<meta http-equiv="refresh" content="0;url=javascript:boom()">',
	'<link rel="stylesheet" href="data:text/css,*{background:url(javascript:boom())}">',
	'<style>@import "javascript:boom()";</style>',
	'<div style="background:url(javascript:boom())">x</div>',
	'<noscript><p title="</noscript><img src=x onerror=boom()>">',
	'<template><script>boom()</script></template>',
	'<xmp><img src="</xmp><img src=x onerror=boom()>"></xmp>',
	'<table background="javascript:boom()"><tr><td onmouseover=boom()>x</td></tr></table>',
	'<table><tr><td><a href="javascript:boom()">x</a></td></tr></table>',
	'<!--><img src=x onerror=boom()>-->',
	'<p id="location" name="cookie">x</p>',
	'[x](javascript:boom())',
	'![x](x"onerror="boom())',
	'![x](data:image/svg+xml,<svg onload=boom()>)',
	'<x:script xmlns:x="http://www.w3.org/1999/xhtml">boom()</x:script>'
];

let booms = 0;

beforeEach(() => {
	booms = 0;
	Object.assign(window, { boom: () => (booms += 1) });
	document.body.replaceChildren();
});

/** Puts it into the page, pokes every element, and waits for what loads late. */
async function live(fragment: DocumentFragment): Promise<HTMLElement> {
	const holder = document.createElement('div');
	document.body.append(holder);
	show(fragment)(holder);
	for (const element of holder.querySelectorAll<HTMLElement>('*')) {
		if (element.localName !== 'a') element.click();
		element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
	}
	await new Promise((resolve) => setTimeout(resolve, 20));
	return holder;
}

function harm(holder: HTMLElement): readonly string[] {
	return [...holder.querySelectorAll('*')].flatMap((element) => [
		...(/^(script|style|iframe|object|embed|form|input|button|svg|math|base|meta|link|template)$/.test(
			element.localName
		)
			? [element.localName]
			: []),
		...[...element.attributes]
			.filter(
				({ name, value }) =>
					/^(on|style$|id$|name$|srcdoc|xlink)/.test(name) || /^\s*(java|vb)?script:/i.test(value)
			)
			.map(({ name }) => `${element.localName}[${name}]`)
	]);
}

describe.each(ATTACKS)('%s', (attack) => {
	test('is harmless as Markdown', async () => {
		const holder = await live(sanitizeMarkdown(marked.parse(attack, { async: false })));
		expect(harm(holder)).toEqual([]);
		expect(booms).toBe(0);
	});

	test('is harmless in a table', async () => {
		const table = `<table><tr><td>1</td><td>${attack}</td></tr></table>`;
		const holder = await live(sanitizeTable(table).fragment);
		expect(harm(holder)).toEqual([]);
		expect(holder.querySelector('a, img')).toBeNull();
		expect(booms).toBe(0);
	});
});

const TABLE =
	'<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>';

describe('a plain table', () => {
	test('of pandas is one, with its stylesheet and its line of dimensions', () => {
		const html = `<div><style scoped>.dataframe th { vertical-align: top; }</style>${TABLE}<p>1 rows × 1 columns</p></div>`;
		expect(isPlainTable(html)).toBe(true);
		const holder = document.createElement('div');
		show(sanitizeTable(html).fragment)(holder);
		expect(holder.querySelector('style, [style]')).toBeNull();
		expect(holder.textContent).toContain('1 rows × 1 columns');
		expect([...holder.querySelectorAll('th')].map((th) => th.textContent)).toEqual(['a', '0']);
	});

	test.each([
		['<p>no table</p>'],
		[`${TABLE}<script>1</script>`],
		[`${TABLE}<img src="x">`],
		[`<style>#T_1 td { color: red }</style>${TABLE}`],
		[TABLE.replace('<td>', '<td style="background: red">')]
	])('is not: %s', (html) => {
		expect(isPlainTable(html)).toBe(false);
	});
});

test('links of Markdown open beside the lesson', () => {
	const holder = document.createElement('div');
	show(sanitizeMarkdown('<a href="https://example.org/">x</a><a href="#here">y</a>'))(holder);
	const [out, here] = holder.querySelectorAll('a');
	expect(out?.getAttribute('rel')).toContain('noopener');
	expect(out?.target).toBe('_blank');
	expect(here?.hasAttribute('target')).toBe(false);
});

test('a table takes no classes of the page, and Markdown asks nothing of this server', () => {
	const table = sanitizeTable(
		'<table><tr><td><div class="dialog-overlay">x</div></td></tr></table>'
	);
	expect(table.fragment.querySelector('[class]')).toBeNull();
	const html = `<img src="${location.origin}/?invite=x"><img src="data:image/png;base64,AA">`;
	const sources = [...sanitizeMarkdown(html).querySelectorAll('img')].map((image) => image.src);
	expect(sources).toEqual(['', 'data:image/png;base64,AA']);
});
