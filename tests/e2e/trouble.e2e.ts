import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run, write } from './lesson';

// Bad input and bad luck: each gets a clear message, and nothing is lost.

const LESSON = LESSONS[0];

test.describe('in a lesson', () => {
	let app: App;
	let context: BrowserContext;

	test.beforeEach(async ({ browser }) => {
		app = await startApp();
		context = await newBrowser(browser, app);
	});

	test.afterEach(async () => {
		await context.close();
		await app.stop();
	});

	test('two browsers edit one cell: both texts are kept until one is chosen', async ({
		browser
	}) => {
		const other = await newBrowser(browser, app);
		const mine = await openLesson(context, app, LESSON);
		const theirs = await openLesson(other, app, LESSON);
		await write(mine, cell(mine, 1), 'shared = 1');
		await expect(cell(theirs, 1).getByText('shared = 1')).toBeVisible();

		await context.setOffline(true);
		await write(mine, cell(mine, 1), 'mine = 1');
		await write(theirs, cell(theirs, 1), 'theirs = 1');
		await expect(theirs.getByText('Saved', { exact: true })).toBeVisible();
		await context.setOffline(false);

		await expect(cell(mine, 1).getByText('This cell was changed in another window')).toBeVisible({
			timeout: 30_000
		});
		await expectToBeLedToTheChoice(mine);
		await cell(mine, 1)
			.getByRole('button', { name: /Keep mine/ })
			.click();
		await expect(cell(mine, 1)).toBeFocused();
		await expect(cell(theirs, 1).getByText('mine = 1')).toBeVisible();
		await other.close();
	});

	test('an edit made without network survives a closed tab', async () => {
		const page = await openLesson(context, app, LESSON);
		// The page is whole: what it still has to fetch cannot be had without a network.
		await expect(cell(page, 1).locator('.cm-content')).toBeVisible();
		await context.setOffline(true);
		await write(page, cell(page, 1), 'typed = "offline"');
		await page.waitForTimeout(600);
		await page.close();
		await context.setOffline(false);
		const again = await openLesson(context, app, LESSON);
		await expect(cell(again, 1).getByText('typed = "offline"')).toBeVisible();
		await expect(again.getByText('Saved', { exact: true })).toBeVisible();
	});

	test('a print of 50 MB shows its ends and keeps all of it', async () => {
		const page = await openLesson(context, app, LESSON);
		await ready(page);
		await run(page, cell(page, 1), 'print((("x" * 99) + "\\n") * 500_000 + "THE END")');
		await finished(page, 1);
		await expect(cell(page, 1).getByText('THE END', { exact: true })).toBeVisible();
		const link = cell(page, 1).getByRole('link', { name: /full text/ });
		const text = await page.request.get(
			new URL((await link.getAttribute('href')) ?? '', app.url).href
		);
		expect((await text.body()).length).toBe(50_000_000 + 'THE END\n'.length);
	});

	test('a cell that never ends is stopped by one click, and by I I', async () => {
		const page = await openLesson(context, app, LESSON);
		await ready(page);
		for (const stop of ['click', 'keys'] as const) {
			await run(page, cell(page, 1), 'while True: print("on and on")');
			await expect(page.getByRole('region', { name: /^Code cell 1, running/ })).toBeVisible();
			await page.waitForTimeout(1000);
			if (stop === 'click')
				await cell(page, 1)
					.getByRole('button', { name: /Interrupt|Stop/ })
					.click();
			else {
				await page.keyboard.press('Escape');
				await page.keyboard.press('i');
				await page.keyboard.press('i');
			}
			await expect(page.getByRole('region', { name: /^Code cell 1, interrupted/ })).toBeVisible({
				timeout: 3000
			});
		}
	});

	test('a page older than the server is asked to reload', async () => {
		const page = await context.newPage();
		await page.route('**/events?**', async (route) => {
			const frame = { type: 'ping', seq: 0, version: 'newer', now: Date.now() };
			const body = `event: ping\ndata: ${JSON.stringify(frame)}\n\n`;
			await route.fulfill({ contentType: 'text/event-stream', body });
		});
		await page.goto(`${app.url}/lessons/${LESSON}`);
		await expect(page.getByText(/Tuning Fork was updated/)).toBeVisible();
	});

	test('a browser without a key is told how to get in', async ({ browser }) => {
		const stranger = await browser.newContext();
		const page = await stranger.newPage();
		const answer = await page.goto(`${app.url}/lessons/${LESSON}`);
		expect(answer?.status()).toBe(401);
		await expect(page.getByText(/npm run address/)).toBeVisible();
		await stranger.close();
	});
});

/** Whatever is asked of a cell with two texts: words at the button, aloud, and the focus. */
async function expectToBeLedToTheChoice(page: Page): Promise<void> {
	const one = cell(page, 1);
	const choice = one.getByRole('group', { name: 'This cell was changed in another window' });
	await expect(one).toHaveAccessibleName(/two texts to choose from/);
	await expect(one.getByText('Two texts: choose one, then run')).toBeVisible();
	const asks: readonly (() => Promise<void>)[] = [
		() => one.getByRole('button', { name: 'Run Cell 1: choose a text first' }).click(),
		async () => {
			await one.focus();
			await page.keyboard.press('Shift+Enter');
		},
		() => page.getByRole('button', { name: 'Run all', exact: true }).click(),
		() => one.getByRole('button', { name: 'Reset to the lesson’s text' }).click(),
		async () => {
			await page.getByRole('button', { name: 'Restart Python' }).click();
			await page.getByRole('button', { name: 'Restart and run all' }).click();
		}
	];
	for (const ask of asks) {
		await ask();
		await expect(choice).toBeFocused();
		await expect(choice).toHaveAccessibleDescription(/Choose first which text to keep/);
		await expect(page.getByRole('alert').getByText(/Cell 1 holds two texts/)).toBeAttached();
		await expect(one).toHaveAccessibleName(/not run yet/);
		await choice.blur();
	}
	await expect(choice.getByRole('button', { name: 'Use theirs' })).toBeVisible();
}

test('a kernel that cannot start says so, and says what to do', async ({ browser }) => {
	const app = await startApp({ TUNINGFORK_PYTHON: '/bin/false' });
	const context = await newBrowser(browser, app);
	const page = await openLesson(context, app, LESSON);
	await expect(page.getByText('Python could not be started.').first()).toBeVisible({
		timeout: 30_000
	});
	await expect(page.getByRole('button', { name: 'Restart', exact: true })).toBeVisible();
	await context.close();
	await app.stop();
});

test('a damaged database is refused, kept, and the way back is told', async ({ browser }) => {
	const data = mkdtempSync(join(tmpdir(), 'tf-damaged-'));
	const file = join(data, 'tuningfork.db');
	mkdirSync(data, { recursive: true });
	writeFileSync(file, 'not a database, but perhaps somebody’s work. '.repeat(1000));
	const before = readFileSync(file);
	const app = await startApp({ TUNINGFORK_DATA: data });
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(app.invite('/', data));
	await expect(page.getByText(/cannot be read, so Tuning Fork does not touch it/)).toBeVisible();
	await expect(page.getByText(/backups/)).toBeVisible();
	expect(readFileSync(file)).toEqual(before);
	await context.close();
	await app.stop();
	rmSync(data, { recursive: true });
});
