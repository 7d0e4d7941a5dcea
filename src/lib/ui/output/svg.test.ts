import { expect, test } from 'vitest';
import { isPlainSvg } from './svg';

const BEGIN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">';
const svg = (inside: string) => `${BEGIN}${inside}</svg>`;

test.each([
	'<circle r="5"/><text>a &amp; b</text>',
	'<defs><path id="m1" d="M0 0" style="stroke: #000"/></defs><g id="line"><use xlink:href="#m1" x="1"/></g>',
	'<defs>\n<path id="D-30" d="M 1\n2" transform="scale(1)"/>\n</defs><use xlink:href="#D-30"/><use href="#D-30"/>'
])('%s is a picture', (inside) => expect(isPlainSvg(svg(inside))).toBe(true));

test.each([
	'<g id="a"><rect/></g><g id="b"><use href="#a"/></g><use href="#b"/>',
	'<g id="&#97;"><rect/></g><path id="a"/><use href="#a"/>',
	'<g id=\'a\'><rect/></g><path id="a"/><use href="#a"/>',
	'<g id="a"><rect/></g><path id="a"/><use href="#a"/>',
	'<s:use href="#a"/><path id="a"/>',
	'<use href="other.svg#a"/>',
	'<pattern id="p"/><rect fill="url(#p)"/>',
	'<image href="data:image/svg+xml,x"/>',
	`<path id="a" d="${'M0 0'.repeat(100_000)}"/>${'<use href="#a"/>'.repeat(100)}`
])('%.60s is drawn in the frame', (inside) => expect(isPlainSvg(svg(inside))).toBe(false));

test('a long one takes no time', () => {
	const begin = performance.now();
	for (const part of ['<path id="', 'id="a" ', '<use href="#', 'id  ', '<use ', 'href="#a" '])
		isPlainSvg(svg(`<path id="a"/><use href="#a"/><path ${part.repeat(2_000_000 / part.length)}`));
	expect(performance.now() - begin).toBeLessThan(2000);
});
