import { afterEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { cleanup, render } from 'vitest-browser-svelte';
import { newCell, type Cell } from '$lib/notebook/cell';
import type { Output } from '$lib/notebook/output';
import { EMPTY_SCREEN, patchScreen, type Screen } from '$lib/notebook/screen';
import { writeScreen } from '$lib/notebook/terminal';
import examples from '../../../../tests/outputs/tracebacks.json';
import Outputs from './Outputs.svelte';

afterEach(() => cleanup());

const written = (text: string, on: Screen = EMPTY_SCREEN) => patchScreen(on, writeScreen(on, text));
const stream = (screen: Screen): Output => ({ key: 0, type: 'stream', name: 'stdout', screen });
const shown = (data: Record<string, unknown>): Output => ({
	key: 0,
	type: 'display',
	data,
	metadata: {},
	displayId: null
});

/** A cell that asks is not over. */
function withOutputs(...outputs: readonly Output[]): Cell {
	const asks = outputs.some(({ type }) => type === 'input');
	const run = {
		execution: 'e',
		source: '',
		generation: 1,
		count: 3,
		queuedAt: 0,
		startedAt: 0,
		finishedAt: asks ? null : 0,
		outcome: asks ? null : 'ok'
	} as const;
	return {
		...newCell('a', 'lesson', ''),
		run,
		outputs: outputs.map((output, key) => ({ ...output, key }))
	};
}

function interrupted(cell: Cell): Cell {
	return { ...cell, run: cell.run && { ...cell.run, finishedAt: 1, outcome: 'interrupted' } };
}

async function show(...outputs: readonly Output[]) {
	const reactions = { onanswer: vi.fn(), ongoto: vi.fn() };
	const props = {
		cell: withOutputs(...outputs),
		charts: {},
		stale: false,
		textHref: (key: number) => `/text/${key}`,
		...reactions
	};
	const view = await render(Outputs, props);
	return {
		...reactions,
		container: view.container,
		rerender: view.rerender,
		interrupt: () => view.rerender({ cell: interrupted(withOutputs(...outputs)) }),
		update: (...next: readonly Output[]) => view.rerender({ cell: withOutputs(...next) })
	};
}

const lines = (count: number) =>
	Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');

test('text of a Python that is gone is grey, and not only what had a colour', async () => {
	document.documentElement.style.setProperty('--ink', 'rgb(0, 0, 0)');
	document.documentElement.style.setProperty('--ink-soft', 'rgb(80, 80, 80)');
	const { container, rerender } = await show(stream(written('plain')));
	const colour = () => getComputedStyle(container.querySelector('pre') as Element).color;
	expect(colour()).toBe('rgb(0, 0, 0)');
	await rerender({ stale: true });
	expect(colour()).toBe('rgb(80, 80, 80)');
	document.documentElement.removeAttribute('style');
});

test('a short text is no stop for the keyboard; a long one is, and has a name', async () => {
	const { container, update } = await show(stream(written(lines(5))));
	await expect.element(page.getByText(/line 4/)).toBeInTheDocument();
	expect(container.querySelector('[tabindex]')).toBeNull();
	await update(stream(written(lines(60))));
	await expect
		.element(page.getByRole('group', { name: 'Text output of the cell' }))
		.toHaveAttribute('tabindex', '0');
});

test('it follows the end until the reader scrolls up', async () => {
	const screen = written(lines(60));
	const { update } = await show(stream(screen));
	await expect.element(page.getByRole('group')).toBeVisible();
	const box = page.getByRole('group').element();
	const fromEnd = () => box.scrollHeight - box.clientHeight - box.scrollTop;
	await expect.poll(fromEnd).toBeLessThan(2);
	await update(stream(written(lines(30), screen)));
	await expect.poll(fromEnd).toBeLessThan(2);
	box.scrollTop = 0;
	await new Promise((resolve) => setTimeout(resolve, 50));
	await update(stream(written(lines(90), screen)));
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(box.scrollTop).toBe(0);
});

test('what is folded away is counted and one click off', async () => {
	await show(stream(written(lines(5000))));
	await expect.element(page.getByText(/3,801 lines more/)).toBeVisible();
	await expect
		.element(page.getByRole('link', { name: 'open the full text' }))
		.toHaveAttribute('href', '/text/0');
});

test('a new line leaves the blocks before it untouched', async () => {
	const screen = written(lines(120));
	const { container, update } = await show(stream(screen));
	const texts = () => [...container.querySelectorAll('pre')].map((block) => block.firstChild);
	const before = texts();
	const changed: Node[] = [];
	const observer = new MutationObserver((list) =>
		changed.push(...list.map((change) => change.target))
	);
	observer.observe(container, { subtree: true, characterData: true, childList: true });
	await update(stream(written('one more\n', screen)));
	await expect.element(page.getByText(/one more/)).toBeInTheDocument();
	expect(texts().slice(0, 2)).toEqual(before.slice(0, 2));
	expect(changed.some((node) => node === before[0] || node === before[1])).toBe(false);
});

test('an error begins with what went wrong and leads to the line', async () => {
	const { name, message, traceback } = examples.deep;
	const { ongoto, container } = await show({ key: 0, type: 'error', name, message, traceback });
	expect(container.textContent.trim()).toMatch(/^JSONDecodeError: Expecting property name/);
	await page.getByRole('button', { name: 'line 3 of this cell' }).click();
	expect(ongoto).toHaveBeenCalledWith(3);
	await expect.element(page.getByText('Full traceback, 5 frames')).toBeVisible();
	expect(container.querySelector('details')?.open).toBe(false);
});

test('rich HTML lives in a frame without an origin; a plain table does not need one', async () => {
	const { container, update } = await show(shown({ 'text/html': '<b>x</b><script>1</script>' }));
	const frame = container.querySelector('iframe');
	expect(frame?.getAttribute('sandbox')).toBe('allow-scripts');
	await expect.poll(() => frame?.getAttribute('src')).toBe('/frame');
	await update(shown({ 'text/html': '<table><tr><td>1</td></tr></table>' }));
	await expect.element(page.getByRole('table')).toBeVisible();
	expect(container.querySelector('iframe')).toBeNull();
});

test('SVG is an image and nothing in it runs', async () => {
	const boom = vi.fn();
	Object.assign(window, { boom });
	const svg =
		'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="boom()"><script>boom()</script></svg>';
	const { container } = await show(shown({ 'image/svg+xml': svg }));
	await expect.poll(() => container.querySelector('img')?.complete).toBe(true);
	expect(container.querySelector('svg')).toBeNull();
	expect(boom).not.toHaveBeenCalled();
});

test('a question has a name, takes the focus and is answered once', async () => {
	const { onanswer, update } = await show({
		key: 0,
		type: 'input',
		prompt: 'Your name?',
		password: false,
		answer: null
	});
	const field = page.getByRole('textbox', { name: 'Your name?' });
	await expect.element(field).toHaveFocus();
	await userEvent.keyboard('Ada{Enter}{Enter}');
	expect(onanswer.mock.calls).toEqual([[0, 'Ada']]);
	await update({ key: 0, type: 'input', prompt: 'Your name?', password: false, answer: 'Ada' });
	await expect.element(field).not.toBeInTheDocument();
	await expect.element(page.getByText('Ada')).toBeVisible();
});

test('a question that was not answered before the cell ended takes no answer', async () => {
	const { interrupt } = await show({
		key: 0,
		type: 'input',
		prompt: 'Your name?',
		password: false,
		answer: null
	});
	await expect.element(page.getByRole('textbox')).toBeVisible();
	await interrupt();
	await expect.element(page.getByText('Your name? (not answered)')).toBeVisible();
	await expect.element(page.getByRole('textbox')).not.toBeInTheDocument();
});

test('a password is never readable', async () => {
	await show({ key: 0, type: 'input', prompt: 'Key:', password: true, answer: null });
	await expect.element(page.getByLabelText('Key:')).toHaveAttribute('type', 'password');
});

test('too much is told, not drawn', async () => {
	const { container } = await show(
		shown({ 'text/markdown': 'x'.repeat(2_000_000), 'text/plain': '<long>' })
	);
	await expect.element(page.getByText('An output was too large to show.')).toBeVisible();
	await expect.element(page.getByText('<long>')).toBeVisible();
	expect(container.textContent.length).toBeLessThan(1000);
});

test('outputs that replace others do not let the page collapse in between', async () => {
	const { container, update } = await show(stream(written(lines(20))));
	const box = () => container.querySelector<HTMLElement>('.outputs');
	const height = box()?.offsetHeight ?? 0;
	const next = stream(written('x\n'));
	await update({ ...next, key: 0 }, { ...next, key: 1 });
	// Same first key: nothing was replaced. A new key is what clear_output(wait=True) makes.
	const cell = { ...withOutputs(next), outputs: [{ ...next, key: 7 }] };
	expect(height).toBeGreaterThan(300);
	const view = await render(Outputs, {
		cell: withOutputs(stream(written(lines(20)))),
		charts: {},
		stale: false,
		textHref: String,
		onanswer: vi.fn(),
		ongoto: vi.fn()
	});
	const own = () => view.container.querySelector<HTMLElement>('.outputs');
	await view.rerender({ cell });
	expect(own()?.style.minHeight).toMatch(/^\d{3}px$/);
	await expect.poll(() => own()?.style.minHeight).toBe('');
});

test('JSON opens and closes by keyboard', async () => {
	await show(shown({ 'application/json': { outer: { inner: 42 } } }));
	await expect.element(page.getByText(/outer/)).toBeVisible();
	await expect.element(page.getByText('42')).not.toBeInTheDocument();
	await userEvent.tab();
	await userEvent.tab();
	await userEvent.keyboard('{Enter}');
	await expect.element(page.getByText('42')).toBeVisible();
});
