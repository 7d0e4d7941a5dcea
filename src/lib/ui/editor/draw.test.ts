import { expect, test } from 'vitest';
import { drawCode } from './draw';

test('draws code that can be typed into, with a name and a line break of its own at the end', () => {
	const html = drawCode('x = 1\n', 'Code of "a"');
	expect(html).toContain('contenteditable="plaintext-only"');
	expect(html).toContain('aria-label="Code of &quot;a&quot;"');
	expect(html).toMatch(/<span class="tok-number">1<\/span>\n\n<\/div><\/div>$/);
});

test('lets no text become markup', () => {
	const html = drawCode('s = "</div><script>alert(1)</script>" # &amp;', 'Code');
	expect(html).not.toContain('<script');
	expect(html.match(/<\/div>/g)).toHaveLength(2);
	expect(html).toContain('&amp;amp;');
});

test('long code is drawn without colours, and with the same text', () => {
	const html = drawCode('x < 1\n', 'Code', false);
	expect(html).toMatch(/>x &lt; 1\n\n<\/div><\/div>$/);
});
