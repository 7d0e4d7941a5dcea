import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cell } from '../../src/lib/notebook/cell';
import type { Notebook } from '../../src/lib/notebook/notebook';
import { CHART_MIME } from '../../src/lib/notebook/output';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, notebookOf, openLesson, ready, run } from './lesson';
import { stepsFor, trainingCode, trains, withoutTimes as rowWithoutTimes } from './training';

// A training of about a minute, first undisturbed, then with everything that can go wrong.

const LESSON = LESSONS[0];
const THEN_MUCH_TEXT = `for number in range(2000):
    print("line", number)
print("THE END")
`;

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

test('nothing is lost while a model trains for a minute', async ({ browser }) => {
	test.setTimeout(360_000);
	let page = await openLesson(context, app, LESSON);
	await ready(page);
	const steps = await stepsFor(60, page, LESSON);

	await run(page, cell(page, 1), trainingCode(steps) + THEN_MUCH_TEXT);
	await running(page);
	await finished(page, 1, 180_000);
	const undisturbed = await notebookOf(page, LESSON);

	await run(page, cell(page, 1));
	await trains(page, LESSON);
	page = await disturb(page, browser.newContext.bind(browser));
	await finished(page, 1, 180_000);
	const disturbed = await notebookOf(page, LESSON);

	expect(essence(disturbed)).toEqual(essence(undisturbed));
	expect(Object.values(disturbed.charts)[0]?.length).toBeGreaterThan(steps);
	expectWholeJournal();
	await expect(cell(page, 1).getByText('THE END').last()).toBeVisible();
});

/** The run asked for has begun: what the page shows is no longer that of the run before. */
async function running(page: Page): Promise<void> {
	const cell1 = page.getByRole('region', { name: /^Code cell 1, running/ });
	await expect(cell1).toBeVisible({ timeout: 30_000 });
}

/** Five reloads, a second browser, ten seconds without network, the web process killed. */
async function disturb(page: Page, newContext: () => Promise<BrowserContext>): Promise<Page> {
	for (let times = 0; times < 5; times += 1) {
		await page.reload();
		await wait(1000);
	}
	const other = await newContext();
	const second = await other.newPage();
	await second.goto(app.invite(`/lessons/${LESSON}`));
	await expect(cell(second, 1)).toBeVisible();

	await context.setOffline(true);
	await wait(10_000);
	await context.setOffline(false);

	app.killWeb();
	await wait(2000);
	await app.start();
	await expect(page.getByRole('region', { name: /^Code cell 1, running/ })).toBeVisible({
		timeout: 30_000
	});
	await expect(second.getByRole('region', { name: /^Code cell 1, running/ })).toBeVisible({
		timeout: 30_000
	});
	await finished(second, 1, 180_000);
	await other.close();
	return page;
}

/** What must be equal in both runs: all but times and the names that are made anew for each run. */
function essence(notebook: Notebook): unknown {
	const first = notebook.cells[0];
	if (!first) throw new Error('no cell');
	const charts = Object.values(notebook.charts).map((rows) => rows.map(rowWithoutTimes));
	return { charts, outputs: outputsOf(first), outcome: first.run?.outcome };
}

function outputsOf(target: Cell): unknown {
	return target.outputs.map((output) => {
		if (output.type === 'stream')
			return [...output.screen.head, output.screen.hidden, ...output.screen.tail].map(withoutTimes);
		if (output.type !== 'display' && output.type !== 'result') return { ...output, key: 0 };
		const definition = output.data[CHART_MIME] as
			{ summary?: string; state?: string; panels?: unknown } | undefined;
		if (!definition) return output.data;
		const { summary, state, panels } = definition;
		return { summary: withoutTimes(summary ?? ''), state, panels };
	});
}

function withoutTimes(line: string | number): string | number {
	return typeof line === 'number'
		? line
		: line.replaceAll(/\d+(\.\d+)? ?(s|seconds|min|ms|it\/s|steps\/s|tokens\/s)\b/g, '#');
}

/** Journal numbers: 1, 2, 3, … without gap and without double. */
function expectWholeJournal(): void {
	const db = new Database(join(app.data, 'tuningfork.db'), { readonly: true });
	const seqs = db.prepare('select seq from event order by rowid').pluck().all() as number[];
	db.close();
	expect(seqs).toEqual(seqs.map((_, index) => index + 1));
}
