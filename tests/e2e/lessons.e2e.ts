import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import type { MetricRow } from '../../src/lib/notebook/metric';
import type { Notebook } from '../../src/lib/notebook/notebook';
import { CHART_MIME } from '../../src/lib/notebook/output';
import { startApp, type App } from './app';
import {
	cell,
	cells,
	finished,
	LESSONS,
	newBrowser,
	notebookOf,
	openLesson,
	ready,
	run
} from './lesson';

// Both lessons from start to end, as a learner does them, with the real kernel.

let app: App;
let context: BrowserContext;

test.beforeAll(async ({ browser }) => {
	app = await startApp();
	context = await newBrowser(browser, app);
});

test.afterAll(async () => {
	await context.close();
	await app.stop();
});

async function runAll(page: Page): Promise<void> {
	await ready(page);
	const count = await cells(page).count();
	expect(count).toBeGreaterThan(5);
	for (let number = 1; number <= count; number += 1) {
		await run(page, cell(page, number));
		await finished(page, number, 180_000);
	}
}

function metrics(notebook: Notebook): readonly MetricRow[] {
	return Object.values(notebook.charts).flat();
}

function values(rows: readonly MetricRow[], name: string): readonly number[] {
	return rows.flatMap((row) => (typeof row[name] === 'number' ? [row[name]] : []));
}

/** Height of the accuracy panel's level line: what the dumbest answer scores. */
function baseline(notebook: Notebook): number {
	const definitions = notebook.cells.flatMap((one) =>
		one.outputs.flatMap((output) => (output.type === 'display' ? [output.data[CHART_MIME]] : []))
	) as { panels: { title: string; rules: { value: number }[] }[] }[];
	const panel = definitions.find(Boolean)?.panels.find(({ title }) => title === 'Accuracy');
	return panel?.rules[0]?.value ?? Number.NaN;
}

test('lesson 1: accuracy rises at least 20 points over the baseline, the loss falls', async () => {
	test.setTimeout(300_000);
	const page = await openLesson(context, app, LESSONS[0]);
	await runAll(page);
	const notebook = await notebookOf(page, LESSONS[0]);
	const accuracy = values(metrics(notebook), 'eval_accuracy');
	expect((accuracy.at(-1) ?? 0) - baseline(notebook)).toBeGreaterThan(0.2);
	const loss = values(metrics(notebook), 'loss');
	expect(loss.at(-1)).toBeLessThan((loss[0] ?? 0) / 2);

	const train = notebook.cells.findIndex(({ id }) => id === 'train') + 1;
	await expect(
		cell(page, train)
			.getByText(/The loss fell from/)
			.first()
	).toBeVisible();
	await expect(cell(page, train).getByRole('img').first()).toBeVisible();
	const table = cell(page, notebook.cells.findIndex(({ id }) => id === 'after') + 1).getByRole(
		'table'
	);
	await expect(table.getByRole('row')).toHaveCount(6);
	await page.close();
});

test('lesson 2: the loss falls, and the model ends its tales', async () => {
	test.setTimeout(400_000);
	const page = await openLesson(context, app, LESSONS[1]);
	await runAll(page);
	const notebook = await notebookOf(page, LESSONS[1]);
	const loss = values(metrics(notebook), 'eval_loss');
	expect(loss.at(-1)).toBeLessThan((values(metrics(notebook), 'loss')[0] ?? 0) / 2);
	await page.close();
});

test('the home page says where you left off', async () => {
	const page = await context.newPage();
	await page.goto(app.url);
	await expect(page.getByRole('link', { name: /Teach GPT-2 to write/ }).first()).toBeVisible();
	await expect(page.getByText(/(Continue|Go on|Look again|Done)/).first()).toBeVisible();
	await page.close();
});
