import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run } from './lesson';

const LESSON = LESSONS[0];

let app: App;
let context: BrowserContext;
let page: Page;

test.beforeEach(async ({ browser }) => {
	app = await startApp();
	context = await newBrowser(browser, app);
	page = await openLesson(context, app, LESSON);
	await ready(page);
	await run(page, cell(page, 1), 'import os\nprint("pid", os.getpid(), "kept")');
	await finished(page, 1);
});

test.afterEach(async () => {
	await context.close();
	await app.stop();
});

async function kernelPid(): Promise<number> {
	const text = await cell(page, 1)
		.getByText(/pid \d+ kept/)
		.innerText();
	return Number(/pid (\d+)/.exec(text)?.[1]);
}

async function expectToldAndContinued(told: RegExp): Promise<void> {
	await expect(page.getByText(told).first()).toBeVisible({ timeout: 2000 });
	await expect(cell(page, 1).getByText(/pid \d+ kept/)).toBeVisible();
	await page.getByRole('button', { name: 'Continue' }).first().click();
	await ready(page);
	await expect(cell(page, 1).getByText(/pid \d+ kept/)).toBeVisible();
	await run(page, cell(page, 2), 'print("again", 6 * 7)');
	await finished(page, 2);
	await expect(cell(page, 2).getByText('again 42')).toBeVisible();
}

test('a killed kernel is noticed within 2 s and one click goes on', async () => {
	await run(page, cell(page, 2), 'while True: pass');
	await expect(page.getByRole('region', { name: /^Code cell 2, running/ })).toBeVisible();
	process.kill(await kernelPid(), 'SIGKILL');
	await expectToldAndContinued(/Python stopped in the middle of its work/);
});

test('a killed kernel host is noticed within 2 s and one click goes on', async () => {
	const pid = app.hostPid();
	if (pid === null) throw new Error('There is no kernel host.');
	process.kill(pid, 'SIGKILL');
	await expectToldAndContinued(/program that runs Python for all lessons was stopped/);
});
