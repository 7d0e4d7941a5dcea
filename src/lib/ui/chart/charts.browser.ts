import { afterEach, describe, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { cleanup, render } from 'vitest-browser-svelte';
import { toDefinition } from '$lib/chart/definition';
import type { ChartDefinition, MetricRow } from '$lib/notebook/metric';
import LiveChart from './LiveChart.svelte';

afterEach(() => cleanup());

function define(part: Partial<ChartDefinition> = {}): ChartDefinition {
	const definition = toDefinition({
		chart: 'c',
		title: 'Fine-tuning',
		description: 'Loss while the model trains.',
		panels: [{ title: 'Loss', series: [{ field: 'loss', title: 'training' }] }],
		progress: { step: 10, total: 100, seconds: 1, seconds_left: 9 }
	});
	if (!definition) throw new Error('the example is no chart');
	return { ...definition, ...part };
}

const rows = (count: number): readonly MetricRow[] =>
	Array.from({ length: count }, (_, step) => ({ step, loss: 1 / (step + 1) }));

const path = (container: Element) =>
	container.querySelector('.mark-line path')?.getAttribute('d') ?? '';

describe('a live chart', () => {
	test('grows in one and the same drawing', async () => {
		const view = await render(LiveChart, { definition: define(), rows: rows(10) });
		await expect.poll(() => path(view.container)).toMatch(/^M/);
		const svg = view.container.querySelector('svg');
		const before = path(view.container);
		await view.rerender({ rows: rows(40) });
		await expect.poll(() => path(view.container).length).toBeGreaterThan(before.length);
		await view.rerender({
			definition: define({ state: 'finished', summary: 'Loss fell from 1 to 0.03.' })
		});
		await expect.element(page.getByText('Loss fell from 1 to 0.03.')).toBeVisible();
		expect(view.container.querySelector('svg')).toBe(svg);
	});

	test('keeps the zoom while it grows and in another theme, and lets go of it on request', async () => {
		const view = await render(LiveChart, { definition: define(), rows: rows(50) });
		await expect.poll(() => path(view.container)).toMatch(/^M/);
		const ticks = () =>
			[...view.container.querySelectorAll('.role-axis-label text')]
				.map((text) => text.textContent)
				.filter((text) => /^\d+$/.test(text))
				.toSorted()
				.join(' ');
		const whole = ticks();
		await page.getByRole('button', { name: 'Zoom in' }).click();
		await expect.poll(ticks).not.toBe(whole);
		const zoomed = ticks();
		await view.rerender({ rows: rows(60) });
		document.documentElement.dataset.theme = 'dark';
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(ticks()).toBe(zoomed);
		await userEvent.keyboard('{ArrowRight}');
		await expect.poll(ticks).not.toBe(zoomed);
		await page.getByRole('button', { name: 'Reset zoom' }).click();
		await expect.poll(ticks).toBe(whole);
	});

	test('stands still when frozen and catches up afterwards', async () => {
		const view = await render(LiveChart, { definition: define(), rows: rows(10) });
		await expect.element(page.getByText(/step 9 of 100/)).toBeVisible();
		await page.getByRole('button', { name: 'Freeze chart' }).click();
		await view.rerender({ rows: rows(31) });
		await expect.element(page.getByText(/step 9 of 100/)).toBeVisible();
		await page.getByRole('button', { name: 'Freeze chart' }).click();
		await expect.element(page.getByText(/step 30 of 100/)).toBeVisible();
	});
});

describe('a live chart out of sight', () => {
	/** Points of the line that is drawn. */
	const points = (container: Element) => path(container).split(/[ML]/).length - 1;

	async function below(definition: ChartDefinition) {
		const view = await render(LiveChart, { definition, rows: rows(2) });
		view.container.style.paddingTop = '6000px';
		await expect.poll(() => points(view.container)).toBe(2);
		// As the chart itself hears of it.
		await new Promise<void>((resolve) => {
			new IntersectionObserver(([entry], observer) => {
				if (entry?.isIntersecting !== false) return;
				observer.disconnect();
				resolve();
			}).observe(view.container.querySelector('.chart') ?? expect.fail());
		});
		return view;
	}

	test('has all its points as soon as the run has ended', async () => {
		const view = await below(define());
		await view.rerender({ rows: rows(40), definition: define({ state: 'finished' }) });
		await expect.poll(() => points(view.container)).toBe(40);
	});

	test('has all its points on paper, also while it runs', async () => {
		const view = await below(define());
		await view.rerender({ rows: rows(40) });
		dispatchEvent(new Event('beforeprint'));
		// What is printed is what stands there when the event has been heard.
		for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
		expect(points(view.container)).toBe(40);
	});
});

describe('a live chart for everybody', () => {
	test('can be read as a table and has a name and a description', async () => {
		await render(LiveChart, { definition: define(), rows: rows(3) });
		await expect
			.element(page.getByRole('img', { name: 'Loss: Loss while the model trains.' }))
			.toBeVisible();
		await page.getByText('View as table').click();
		await expect.element(page.getByRole('row', { name: '2 0.333' })).toBeVisible();
	});

	test('draws the loss that became NaN', async () => {
		const view = await render(LiveChart, {
			definition: define(),
			rows: [...rows(5), { step: 5, loss: 'NaN' }]
		});
		await expect
			.poll(() => view.container.querySelector('svg')?.textContent)
			.toContain('Loss is NaN from step 5');
	});
});
