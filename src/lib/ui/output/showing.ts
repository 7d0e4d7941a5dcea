/** Outputs on a page of their own, for the tests of what is drawn. */
import { expect, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { newCell } from '$lib/notebook/cell';
import type { Output } from '$lib/notebook/output';
import Outputs from './Outputs.svelte';

export const shown = (
	data: Record<string, unknown>,
	metadata: Record<string, unknown> = {}
): Output => ({ key: 0, type: 'display', data, metadata, displayId: null });

export function cellWith(...outputs: readonly Output[]) {
	return {
		...newCell('a', 'lesson', ''),
		outputs: outputs.map((output, key) => ({ ...output, key }))
	};
}

export async function show(...outputs: readonly Output[]) {
	const view = await render(Outputs, {
		cell: cellWith(...outputs),
		charts: {},
		stale: false,
		textHref: (key: number) => `/text/${key}`,
		onanswer: vi.fn(),
		ongoto: vi.fn()
	});
	// Heavy forms are fetched first.
	const isFetched = () => view.container.querySelector('[aria-busy]') === null;
	await expect.poll(isFetched, { timeout: 14_000 }).toBe(true);
	return view;
}

/** What can be read, with single blanks. */
export const words = (container: Element) => container.textContent.replaceAll(/\s+/g, ' ').trim();
