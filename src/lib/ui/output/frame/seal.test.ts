import { expect, test } from 'vitest';
import { tame } from './seal';

// What a browser makes of it is tried in tests/e2e; here, that no spelling passes the search for tags.

const NAMES = ['iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'portal', 'fencedframe'];
const MORE = ['webview', 'link', 'meta', 'base'];

test.each([...NAMES, ...MORE])('%s becomes an element that nobody knows, however spelt', (name) => {
	const upper = name.toUpperCase();
	const mixed = upper.charAt(0) + name.slice(1);
	const spellings = [
		`<${name}>`,
		`<${upper} src=x>`,
		`<${mixed}\n\tsrc=x>`,
		`<${name}/src=x>`,
		`</${name}>`,
		`<svg:${name} src=x>`,
		`<:${name}>`,
		`<<${name}>`,
		`a<${name}`
	];
	for (const markup of spellings) {
		expect(tame(markup)).toContain('x-blocked-');
		expect(tame(markup)).not.toMatch(new RegExp(`<[^ ]*(?<!x-blocked-)${name}`, 'i'));
	}
	expect(tame(spellings.join(''))).toBe(spellings.map(tame).join(''));
});

test('an entity of XML cannot spell one', () => {
	expect(tame('<!DOCTYPE a [<!EnTiTy e "&#60;iframe>">]>')).not.toMatch(/<!entity/i);
});

test('what only begins so is left alone', () => {
	const markup =
		'<linked-list><b>iframe</b> a < link <metadata></metadata><basefont></linked-list>';
	expect(tame(markup)).toBe(markup);
});
