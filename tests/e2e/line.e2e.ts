import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { newAddress } from '../../scripts/start/invite.mjs';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, openLesson, ready, run } from './lesson';

// Kernels that have to wait for their turn, and kernels that nobody uses.

const LESSON = LESSONS[0];

let app: App;
const contexts: BrowserContext[] = [];

test.afterEach(async () => {
	for (const context of contexts.splice(0)) await context.close();
	await app.stop();
});

/** A lesson as another learner has it. */
async function open(browser: Browser, learner: string): Promise<Page> {
	const context = await browser.newContext({ reducedMotion: 'reduce' });
	contexts.push(context);
	const page = await context.newPage();
	await page.goto(newAddress(app.data, app.url, learner));
	await page.close();
	return openLesson(context, app, LESSON);
}

async function hostPid(): Promise<number> {
	await expect.poll(() => app.hostPid()).not.toBe(null);
	return app.hostPid() ?? 0;
}

test('a start waits in the line, can leave it, and a cell brings it back', async ({ browser }) => {
	app = await startApp({ TUNINGFORK_STARTS: '1', TUNINGFORK_FORK: '0' });
	// The host runs although nobody has opened a lesson; held, it keeps the first start from ending.
	const host = await hostPid();
	process.kill(host, 'SIGSTOP');
	try {
		await open(browser, 'anna');
		const page = await open(browser, 'ben');
		const place = page.getByText(/^You are 1st in line, about \d+ seconds?$/);
		await expect(place.first()).toBeVisible();
		await page.getByRole('button', { name: 'Leave the line' }).click();
		await expect(page.getByText('Python is not running').first()).toBeVisible();
		await run(page, cell(page, 1), 'print("in", "turn")');
		await expect(place.first()).toBeVisible();
		process.kill(host, 'SIGCONT');
		await finished(page, 1);
		await expect(cell(page, 1).getByText('in turn')).toBeVisible();
	} finally {
		process.kill(host, 'SIGCONT');
	}
});

test('an unused Python is put away after a warning, and one click brings all back', async ({
	browser
}) => {
	app = await startApp({
		TUNINGFORK_FORK: '0',
		TUNINGFORK_FREEZE_MINUTES: '0.02',
		TUNINGFORK_END_MINUTES: '0.07'
	});
	const page = await open(browser, 'anna');
	await ready(page);
	await run(page, cell(page, 1), 'x = 6 * 7\nprint("x is", x)');
	await run(page, cell(page, 2), 'print("twice is", 2 * x)');
	await finished(page, 2);
	await expect(page.getByText('Python rests: the next run wakes it at once').first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Keep Python' })).toBeVisible();
	await expect(page.getByText(/Nothing you did is lost/).first()).toBeVisible({ timeout: 20_000 });
	await page.getByRole('button', { name: 'Start again and run the 2 cells you had run' }).click();
	await finished(page, 2);
	await expect(cell(page, 2).getByText('twice is 84')).toBeVisible();
});
