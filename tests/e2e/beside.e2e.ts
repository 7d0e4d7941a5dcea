import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { startApp, type App } from './app';
import { expectNoViolations } from './accessible';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run, write } from './lesson';
import { rowsOf, stepsFor, trainingCode, trains, withoutTimes } from './training';

// A training that is talked to, paused and gone on with, by keyboard alone, ends as if it had not been.

const LESSON = LESSONS[0];
const QUESTION = `answer = predict(model, ["The soup was lovely."])[0]
print("it says", answer.answer)`;

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

test('a training answers, pauses and goes on, and learns the same', async () => {
	test.setTimeout(420_000);
	const page = await openLesson(context, app, LESSON);
	await ready(page);
	const steps = await stepsFor(40, page, LESSON);
	await run(page, cell(page, 1), trainingCode(steps));
	await trains(page, LESSON);
	await finished(page, 1, 180_000);
	const undisturbed = await rowsOf(page, LESSON);
	expect(undisturbed.length).toBeGreaterThan(steps);

	await run(page, cell(page, 1));
	await trains(page, LESSON);
	await askByButton(page);
	await askByKey(page);
	await pauseByKey(page);
	await goOnAfterReload(page);

	await finished(page, 1, 180_000);
	const rows = await rowsOf(page, LESSON);
	expect(rows.filter((row) => 'loss' in row)).toHaveLength(steps);
	expect(rows.map(withoutTimes)).toEqual(undisturbed.map(withoutTimes));
	// The measuring one, the undisturbed one, and one that went on: not one that began anew.
	expect(globSync(join(app.data, 'work', '*', LESSON, 'runs', '*'))).toHaveLength(3);
});

async function askByButton(page: Page): Promise<void> {
	await run(page, cell(page, 2), QUESTION);
	await expect(cell(page, 2)).toHaveAccessibleName(/waiting/);
	await expectNoViolations(page);
	const button = page.getByRole('button', { name: 'Run beside the training: Cell 2' });
	await expect(button).toHaveText('Run beside the training');
	await expectAnswer(page, async () => {
		await button.focus();
		await page.keyboard.press('Enter');
	});
	// The button is gone; the keyboard is where it was.
	await expect(cell(page, 2)).toBeFocused();
}

async function askByKey(page: Page): Promise<void> {
	await write(page, cell(page, 2), `${QUESTION}\nprint("again")`);
	await page.keyboard.press('Escape');
	await expectAnswer(page, () => page.keyboard.press('s'));
	await expect(cell(page, 2).getByText(/says \w+\s+again/)).toBeVisible();
}

/** Within a few seconds, while the training goes on. */
async function expectAnswer(page: Page, ask: () => Promise<void>): Promise<void> {
	const before = (await rowsOf(page, LESSON)).length;
	await ask();
	await finished(page, 2, 5000);
	await expect(cell(page, 2).getByText(/it says (positive|negative)/)).toBeVisible();
	await expect(cell(page, 1)).toHaveAccessibleName(/running/);
	await expect
		.poll(async () => (await rowsOf(page, LESSON)).length, { timeout: 5000 })
		.toBeGreaterThan(before + 10);
}

async function pauseByKey(page: Page): Promise<void> {
	await expect(page.getByRole('button', { name: 'Pause the training of Cell 1' })).toBeVisible();
	await expectNoViolations(page);
	await cell(page, 1).focus();
	const begin = Date.now();
	await page.keyboard.press('p');
	await page.keyboard.press('p');
	await expect(cell(page, 1)).toHaveAccessibleName(/paused at step \d+ of \d+/, { timeout: 5000 });
	expect(Date.now() - begin).toBeLessThan(5000);
	await expect(cell(page, 1).getByText(/Paused at step \d+ of/)).toBeVisible();
	await expect(page.getByText('Python is ready', { exact: true })).toBeVisible();
	await expectNoViolations(page);
}

async function goOnAfterReload(page: Page): Promise<void> {
	await page.reload();
	await expect(cell(page, 1)).toHaveAccessibleName(/paused at step/);
	const other = await openLesson(context, app, LESSON);
	await expect(other.getByRole('button', { name: /^Go on with the training/ })).toBeVisible();
	await other.close();
	await page.getByRole('button', { name: 'Go on with the training of Cell 1' }).focus();
	await page.keyboard.press('Enter');
	await expect(cell(page, 1)).toBeFocused();
	await expect(cell(page, 1)).toHaveAccessibleName(/running/);
}
