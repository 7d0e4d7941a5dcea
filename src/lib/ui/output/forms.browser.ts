/** Whatever a cell gives is shown, or it is said in words what it is and why it is not. */
import { afterEach, describe, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { cleanup } from 'vitest-browser-svelte';
import { cellWith, show, shown, words } from './showing';

afterEach(() => cleanup());

const PIXEL = 'R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';

describe('is never blank without a word', () => {
	test.each<[string, Record<string, unknown>, RegExp]>([
		['nothing at all', {}, /no form that the page can show \(it is empty\)/],
		['an empty text', { 'text/plain': '' }, /a value whose text is empty/],
		[
			'only unknown forms',
			{ 'application/pdf': 'JV', 'x/y': 1 },
			/show \(application\/pdf, x\/y\)/
		],
		[
			'a PDF with a text',
			{ 'application/pdf': 'JV', 'text/plain': '<P>' },
			/as application\/pdf.*<P>/
		],
		['a sound of its own type', { 'audio/wav': 'UklG', 'text/plain': '<A>' }, /as audio\/wav.*<A>/],
		['a script', { 'application/javascript': '1' }, /This is a script/],
		['GeoJSON', { 'application/geo+json': { type: 'Point' } }, /type:"Point"/],
		['words as LaTeX', { 'text/latex': 'only some words' }, /^only some words$/],
		['words with a formula', { 'text/latex': 'text $x$' }, /^text x/],
		[
			'faulty LaTeX',
			{ 'text/latex': '$\\nosuch{x}$' },
			/\\nosuch.*cannot be drawn: undefined control/
		],
		[
			'endless LaTeX',
			{ 'text/latex': '$\\def\\a{\\a\\a}\\a$' },
			/cannot be drawn: too many expansions/
		],
		[
			'LaTeX too deep',
			{ 'text/latex': `$${'{'.repeat(9000)}${'}'.repeat(9000)}$` },
			/nested too deep/
		],
		['a damaged image', { 'image/gif': 'R0lGODlhAQ' }, /image that cannot be read \(image\/gif\)/],
		['an image of nothing', { 'image/webp': '' }, /image that cannot be read \(image\/webp\)/],
		['an SVG that is none', { 'image/svg+xml': '<svg' }, /image that cannot be read \(image\/svg/]
	])('%s', async (_, data, told) => {
		const { container } = await show(shown(data));
		await expect.poll(() => words(container)).toMatch(told);
	});

	test('what cannot be drawn at all is told, and the others are', async () => {
		// Stands for whatever a drawing does not expect.
		const trap = Object.defineProperty({}, 'x', {
			enumerable: true,
			get: () => {
				throw new Error('trap');
			}
		});
		const { container } = await show(
			shown({ 'application/json': trap }),
			shown({ 'text/plain': 'next' })
		);
		await expect.poll(() => words(container)).toMatch(/could not be drawn \(trap\).*next$/);
	});
});

describe('an image', () => {
	test.each([
		['gif', PIXEL],
		['bmp', 'Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAAAAD/AA=='],
		['webp', 'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAQAcJaQAA3AA/v3AgAA='],
		[
			'png',
			'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
		]
	])('of type %s is drawn', async (type, data) => {
		const { container } = await show(shown({ [`image/${type}`]: data, 'text/plain': '<Image>' }));
		await expect.poll(() => container.querySelector('img')?.naturalWidth).toBe(1);
		expect(container.querySelector('img')?.alt).toMatch(/^Image from the cell/);
	});

	test.each([
		[{ width: 60, height: 20 }, 60, 20],
		[{ width: 60 }, 60, 60],
		[{ height: 40 }, 40, 40]
	])('has the size %o that the cell gave it', async (size, width, height) => {
		const { container } = await show(shown({ 'image/gif': PIXEL }, { 'image/gif': size }));
		const box = () => container.querySelector('img')?.getBoundingClientRect();
		await expect.poll(() => [box()?.width, box()?.height]).toEqual([width, height]);
	});

	test('that comes after a damaged one is drawn', async () => {
		const view = await show(shown({ 'image/gif': 'R0' }));
		await expect.element(page.getByText(/cannot be read/)).toBeVisible();
		await view.rerender({ cell: cellWith(shown({ 'image/gif': PIXEL })) });
		await expect.element(page.getByRole('img')).toBeInTheDocument();
	});
});

describe('mathematics in Markdown', () => {
	const markdown = async (text: string) => (await show(shown({ 'text/markdown': text }))).container;
	/** What is said of each formula to those who listen. */
	const sources = (container: Element) =>
		[...container.querySelectorAll('annotation')].map((node) => node.textContent);

	test.each<[string, readonly string[]]>([
		['$x^2$ and $$\\int x\\,dx$$', ['x^2', '\\int x\\,dx']],
		['$a_b$ and *c* and $d_e$', ['a_b', 'd_e']],
		['*x $a*b$ y*', ['a*b']],
		['$$\na\n- b\n= c\n$$\n\nafter', ['a\n- b\n= c']],
		['text\n$$\na\n$$\ntext', ['a']],
		['\\begin{align}a&=b\\\\c&=d\\end{align}', ['\\begin{align}a&=b\\\\c&=d\\end{align}']],
		['| a |\n|---|\n| $x$ |', ['x']]
	])('%j is drawn', async (text, found) => {
		const container = await markdown(text);
		await expect.poll(() => sources(container)).toEqual(found);
		expect(container.textContent).not.toMatch(/[\uE000\uE001]/);
	});

	test.each(['$5 and $6', 'from $5 or 10 $', 'a \\$x\\$ b', '`$x$`', '```\n$x$\n```', 'US$5, A$6'])(
		'%j stays prose',
		async (text) => {
			const container = await markdown(text);
			expect(words(container)).toBe(text.replaceAll(/[`\n\\]/g, ''));
			expect(container.querySelector('.katex')).toBeNull();
		}
	);

	test('a faulty one is told, and fetches nothing', async () => {
		const container = await markdown('$\\nosuch$ and $\\includegraphics{https://evil.example/x}$');
		await expect.poll(() => words(container)).toMatch(/\\nosuch \(This formula cannot be drawn/);
		expect(container.querySelector('img, a')).toBeNull();
	});
});

test('the output of a Python that is gone has no colour', async () => {
	const view = await show(shown({ 'text/plain': 'x' }));
	const colour = () => getComputedStyle(view.container.querySelector('.outputs') as Element).filter;
	expect(colour()).toBe('none');
	await view.rerender({ stale: true });
	expect(colour()).toBe('grayscale(1)');
});
