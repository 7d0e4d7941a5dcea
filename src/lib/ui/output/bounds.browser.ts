/**
 * Whatever a cell gives takes no more of the page than its place, also on a phone, and where
 * something is missing that is said and the rest offered.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { cleanup } from 'vitest-browser-svelte';
import type { Output } from '$lib/notebook/output';
import { CUT_MARK, EMPTY_SCREEN, LINE_LIMIT } from '$lib/notebook/screen';
import { show, shown, words } from './showing';

beforeEach(() => page.viewport(320, 640));
afterEach(() => cleanup());

const long = 'x'.repeat(2_000_000);
const many = <T>(count: number, make: (index: number) => T) =>
	Array.from({ length: count }, (_, index) => make(index));
const error = (message: string, name = 'ValueError'): Output => ({
	key: 0,
	type: 'error',
	name,
	message,
	traceback: []
});
const rows = many(100_000, (n) => `<tr><td>${n}</td></tr>`).join('');
const tall = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="90000"/>';
let deep: unknown = 'end';
for (let depth = 0; depth < 1000; depth += 1) deep = { a: deep };

test.each<[string, Output, RegExp]>([
	['an error with a long message', error(long), /^ValueError: x+… 1,990,000 more letters Show all/],
	['an error with many lines', error('line\n'.repeat(1500)), /^ValueError: line/],
	['an error with a long name', error('', long), /^x+/],
	['a long question', { key: 0, type: 'input', prompt: long, password: false, answer: null }, /^x/],
	['a long answer', { key: 0, type: 'input', prompt: 'q', password: false, answer: long }, /^q x/],
	['a long line of text', shown({ 'text/plain': 'x'.repeat(1_000_000) }), /^x+$/],
	['many paragraphs', shown({ 'text/markdown': 'word\n\n'.repeat(2000) }), /^word/],
	['a long word in Markdown', shown({ 'text/markdown': 'x'.repeat(100_000) }), /^x+/],
	['a long formula', shown({ 'text/latex': `$${'x'.repeat(5000)}$` }), /x/],
	['a huge rule in a formula', shown({ 'text/latex': '$\\rule{1em}{1e9em}$' }), /./],
	['a table of 100,000 rows', shown({ 'text/html': `<table>${rows}</table>` }), /99,500 more rows/],
	['JSON with 100,000 keys', shown({ 'application/json': many(100_000, String) }), /99900 more$/],
	['JSON with a long text', shown({ 'application/json': [long] }), /1,990,00\d more letters/],
	['JSON 1,000 deep', shown({ 'application/json': deep }), /a:/],
	['a tall image', shown({ 'image/svg+xml': tall }), /Show in full height/]
])('%s keeps to its place', async (_, output, told) => {
	const { container } = await show(output);
	await expect.poll(() => words(container)).toMatch(told);
	await expect.poll(() => container.scrollHeight).toBeLessThan(2000);
	expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
});

test('the rest is one press away, by keyboard as well', async () => {
	const { container } = await show(error(long));
	page.getByRole('button', { name: 'Show all' }).element().focus();
	await userEvent.keyboard('{Enter}');
	await expect.poll(() => container.textContent.length).toBeGreaterThan(2_000_000);
	expect(container.scrollHeight).toBeLessThan(2000);
});

describe('says what is missing', () => {
	const printed = (...head: readonly string[]): Output => ({
		key: 0,
		type: 'stream',
		name: 'stdout',
		screen: { ...EMPTY_SCREEN, head }
	});

	test('a line that was cut has a mark, and a link to the full text', async () => {
		const { container } = await show(printed('short', `${'x'.repeat(LINE_LIMIT)}${CUT_MARK}`));
		expect(words(container)).toMatch(
			/x… line cut here .*too long to be shown whole – open the full text$/
		);
		const link = page.getByRole('link', { name: 'open the full text' });
		await expect.element(link).toHaveAttribute('href', '/text/0');
	});

	test('a line that is only long has none', async () => {
		const { container } = await show(printed('x'.repeat(LINE_LIMIT), `wait${CUT_MARK}`));
		expect(words(container)).not.toMatch(/cut here|full text/);
	});

	test('an error that was shortened leads to its full text', async () => {
		await show({ key: 0, type: 'error', name: 'E', message: 'm', traceback: [], cut: true });
		const link = page.getByRole('link', { name: 'open the full text' });
		await expect.element(link).toHaveAttribute('href', '/text/0');
	});
});
