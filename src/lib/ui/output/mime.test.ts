import { describe, expect, test } from 'vitest';
import { CHART_MIME } from '$lib/notebook/output';
import { toPicture } from './image';
import { leafText, toBranch } from './json';
import { chooseForm, formatSize, toText, unknownForms } from './mime';

/** Best first. */
const ORDER = [
	CHART_MIME,
	'application/vnd.vegalite.v5+json',
	'application/vnd.jupyter.widget-view+json',
	'text/html',
	'text/markdown',
	'text/latex',
	'image/svg+xml',
	'image/png',
	'image/jpeg',
	'image/gif',
	'application/javascript',
	'application/json',
	'text/plain'
];

test('the best form is chosen, whatever the order in the bundle', () => {
	for (let index = 0; index < ORDER.length; index += 1) {
		const offered = ORDER.slice(index).toReversed();
		const data = Object.fromEntries(offered.map((mime) => [mime, 'x']));
		expect(chooseForm(data)?.mime).toBe(ORDER[index]);
	}
});

test.each(['v3+json', 'v4+json', 'v5+json', 'v6+json', 'v5.json', 'v6.json', 'v5.20.1+json'])(
	'vega-lite %s is known',
	(version) => {
		expect(chooseForm({ [`application/vnd.vegalite.${version}`]: {} })?.kind).toBe('vega-lite');
	}
);

test.each(['png', 'jpeg', 'jpg', 'gif', 'webp', 'avif', 'apng', 'bmp'])(
	'an image of type %s comes before its text',
	(type) => {
		const data = { 'text/plain': '<IPython.core.display.Image object>', [`image/${type}`]: 'R0' };
		expect(chooseForm(data)).toMatchObject({ kind: 'image', mime: `image/${type}` });
	}
);

test('what cannot be shown is known by its name', () => {
	const data = { 'text/plain': 'x', 'application/pdf': 'J', 'image/tiff': 'I', 'image/gif': 'R' };
	expect(unknownForms(data)).toEqual(['application/pdf', 'image/tiff']);
});

test('JSON nested deeper than can be written down is too large, not a fault', () => {
	let value: unknown = 1;
	for (let depth = 0; depth < 100_000; depth += 1) value = [value];
	expect(chooseForm({ 'application/json': value })?.size).toBe(Number.POSITIVE_INFINITY);
	expect(chooseForm({ 'application/geo+json': { type: 'Point' } })?.kind).toBe('json');
});

test.each(['v5+json', 'v6.2+json'])('vega %s is known', (version) => {
	expect(chooseForm({ [`application/vnd.vega.${version}`]: {} })?.kind).toBe('vega');
});

test('unknown forms are no choice', () => {
	for (const mime of [
		'application/vnd.vegalite.v2+json',
		'application/pdf',
		'image/tiff',
		`${CHART_MIME}x`
	]) {
		expect(chooseForm({ [mime]: 'x' })).toBeNull();
	}
	expect(chooseForm({})).toBeNull();
});

test('the size is known before anything is drawn', () => {
	expect(chooseForm({ 'text/html': 'x'.repeat(100) })).toMatchObject({ size: 100 });
	expect(chooseForm({ 'application/json': { a: [1, 2] } })).toMatchObject({ size: 11 });
	expect([formatSize(10), formatSize(200_000), formatSize(5_400_000)]).toEqual([
		'1 kB',
		'195 kB',
		'5.1 MB'
	]);
});

test('text may come in lines', () => {
	expect(toText(['a\n', 'b'])).toBe('a\nb');
	expect(toText({ a: 1 })).toBe('{\n  "a": 1\n}');
});

describe('an image', () => {
	test('takes its size and description from the metadata', () => {
		const picture = toPicture(
			'image/png',
			'iVB\nORw0\n',
			{ 'image/png': { width: 10, height: 5, alt: 'A cat' } },
			''
		);
		expect(picture).toEqual({
			src: 'data:image/png;base64,iVBORw0',
			alt: 'A cat',
			width: 10,
			height: 5
		});
	});

	test.each([
		['<Figure size 640x480 with 1 Axes>', 'Figure with 1 plot. The cell gives no description.'],
		['<Figure size 640x480 with 2 Axes>', 'Figure with 2 plots. The cell gives no description.'],
		['<PIL.Image>', 'Image from the cell. It gives no description.']
	])('without one, %s is told as what it is', (fallback, alt) => {
		expect(toPicture('image/jpeg', '', {}, fallback).alt).toBe(alt);
	});

	test.each([
		[{ width: '300', height: 20.4 }, 300, 20],
		[{ width: 1e9, height: -5 }, 10_000, undefined],
		[{ width: 'wide', height: Number.NaN }, undefined, undefined],
		[{ height: 50 }, undefined, 50]
	])('takes %o as a size', (given, width, height) => {
		expect(toPicture('image/gif', '', { 'image/gif': given }, '')).toMatchObject({ width, height });
	});

	test('of SVG with half a character in it is an address all the same', () => {
		expect(toPicture('image/svg+xml', '<svg>\ud83d</svg>', {}, '').src).toContain('%EF%BF%BD');
	});

	test('of SVG is an address, never markup', () => {
		const { src } = toPicture('image/svg+xml', '<svg onload="x()">"</svg>', {}, '');
		expect(src).toMatch(/^data:image\/svg\+xml;charset=utf-8,%3Csvg/);
		expect(src).not.toMatch(/[<>"]/);
	});
});

test('JSON is branches and leaves', () => {
	expect(toBranch([7])).toEqual({ entries: [['0', 7]], brackets: ['[', ']'] });
	expect(toBranch({ a: null })).toEqual({ entries: [['a', null]], brackets: ['{', '}'] });
	expect(toBranch('x')).toBeNull();
	expect([leafText('a"b'), leafText(null), leafText(1.5)]).toEqual(['"a\\"b"', 'null', '1.5']);
});
