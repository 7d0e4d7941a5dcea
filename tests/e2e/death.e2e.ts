import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, notebookOf, openLesson, ready, run } from './lesson';

const LESSON = LESSONS[0];

let app: App;
let context: BrowserContext;
let page: Page;

test.beforeEach(async ({ browser }) => {
	// A bound that a test can reach without filling the machine.
	app = await startApp({ TUNINGFORK_KERNEL_MEMORY_MB: '1024' });
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

async function expectToldAndRestarted(told: RegExp): Promise<void> {
	await expect(page.getByText(told).first()).toBeVisible({ timeout: 2000 });
	await expect(cell(page, 1).getByText(/pid \d+ kept/)).toBeVisible();
	await page.getByRole('button', { name: 'Restart', exact: true }).click();
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
	await expectToldAndRestarted(/Python was ended from outside while running cell 2/);
});

test('a cell that is run without a Python is saved, and what was said of it goes with a restart', async () => {
	await run(page, cell(page, 2), 'import os\nos._exit(0)');
	await expect(page.getByText('Python has stopped').first()).toBeVisible();
	await run(page, cell(page, 2), 'print("written", "meanwhile")');
	const told = page.getByText('Python is not running.', { exact: true });
	await expect(told.first()).toBeVisible();
	await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
	const texts = (await notebookOf(page, LESSON)).cells.map(({ source }) => source);
	expect(texts[1]).toBe('print("written", "meanwhile")');
	await page.getByRole('button', { name: 'Restart', exact: true }).click();
	await ready(page);
	await expect(told).toHaveCount(0);
});

test('an answer to a cell that was stopped goes to no other cell', async () => {
	await run(page, cell(page, 1), 'input("First? ")');
	await expect(cell(page, 1).getByLabel('First?')).toBeVisible();
	await page.getByRole('button', { name: 'Interrupt', exact: true }).click();
	await expect(cell(page, 1).getByText('First? (not answered)')).toBeVisible();
	await expect(cell(page, 1).getByLabel('First?')).toHaveCount(0);
	await run(page, cell(page, 2), 'print("got", input("Second? "))');
	await cell(page, 2).getByLabel('Second?').fill('mine');
	await page.keyboard.press('Enter');
	await finished(page, 2);
	await expect(cell(page, 2).getByText('got mine')).toBeVisible();
});

test('a killed kernel host is replaced, and the running cell goes on', async () => {
	const count =
		'import time\nfor n in range(60):\n    print("line", n, flush=True)\n    time.sleep(0.1)';
	await run(page, cell(page, 2), count);
	await expect(cell(page, 2).getByText('line 5', { exact: false }).first()).toBeVisible();
	const pid = app.hostPid();
	if (pid === null) throw new Error('There is no kernel host.');
	const kernel = await kernelPid();
	process.kill(pid, 'SIGKILL');
	await finished(page, 2);
	await expect(cell(page, 2).getByText('line 59', { exact: false }).first()).toBeVisible();
	await expect(page.getByRole('button', { name: /^Restart and run/ })).toHaveCount(0);
	await run(page, cell(page, 3), 'print("still", os.getpid())');
	await finished(page, 3);
	await expect(cell(page, 3).getByText(`still ${kernel}`)).toBeVisible();
});

test('a cell that wants more memory than there is gets an error, and Python lives', async () => {
	await run(page, cell(page, 2), 'kept = 42\nall = []\nwhile True: all.append(bytearray(10**6))');
	await expect(
		cell(page, 2)
			.getByText(/MemoryError/)
			.first()
	).toBeVisible({ timeout: 30_000 });
	const words = cell(page, 2).getByText(/and may have 1\.0 GB.*Take fewer rows/);
	await expect(words.first()).toBeVisible();
	// The error is seen before the cell is over, and what waits behind a failing cell is not run.
	await expect(page.getByRole('region', { name: /^Code cell 2, stopped/ })).toBeVisible();
	await run(page, cell(page, 3), 'del all\nprint("lives", kept)');
	await finished(page, 3);
	await expect(cell(page, 3).getByText('lives 42')).toBeVisible();
});

test('the cause is told, and one press of a key starts again and runs what had run', async () => {
	await run(page, cell(page, 2), 'number = 6');
	await finished(page, 2);
	await run(page, cell(page, 3), 'import os\nos._exit(number - 3)');
	const told = page.getByText('Python ended by itself while running cell 3, with exit code 3.');
	await expect(told.first()).toBeVisible({ timeout: 5000 });
	const before = await kernelPid();

	await page.getByRole('button', { name: 'Restart and run again up to cell 3' }).focus();
	await page.keyboard.press('Enter');
	await expect.poll(() => kernelPid()).not.toBe(before);
	await finished(page, 2);
	await expect(page.getByRole('button', { name: /^Restart and run again/ })).toHaveCount(0);
	await expect(page.getByRole('region', { name: /^Code cell 3, cut off/ })).toBeFocused();
	await run(page, cell(page, 3), 'print("number", number)');
	await finished(page, 3);
	await expect(cell(page, 3).getByText('number 6')).toBeVisible();
});
