import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type BrowserContext } from '@playwright/test';
import { expectNoViolations } from './accessible';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run } from './lesson';

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

test('the page tells how each kernel is, by itself, on a phone and in the dark', async ({
	browser
}) => {
	const health = await context.newPage();
	await health.goto(app.url);
	await health.getByRole('link', { name: 'Health of this installation' }).click();
	await expect(health.getByRole('heading', { level: 1 })).toHaveText('Health of this installation');
	await expect(health.getByText('No kernel runs.')).toBeVisible();

	const lesson = await openLesson(context, app, LESSONS[0]);
	await ready(lesson);
	await run(lesson, cell(lesson, 1), 'secret_of_a_learner = 1\nimport time; time.sleep(20)');
	await health.bringToFront();
	const line = health.getByRole('row', { name: /five minutes/i });
	await expect(line).toContainText('busy', { timeout: 20_000 });
	await expect(line.getByRole('cell', { name: /\d+ MB/ }).first()).toBeVisible();
	await expect(line.getByRole('img', { name: /^Memory in the last hour: .*MB/ })).toBeVisible();
	const parts = health.getByRole('table', { name: 'Parts of the installation' });
	await expect(parts.getByRole('row', { name: /^Ready yes/ })).toBeVisible();
	await expect(parts.getByRole('row', { name: /Kernel host/ })).toContainText('process');
	await expectNoViolations(health);
	expect(await health.content()).not.toContain('secret_of_a_learner');

	await health.setViewportSize({ width: 360, height: 700 });
	const wide = await health.evaluate(() => document.documentElement.scrollWidth);
	expect(wide).toBeLessThanOrEqual(360);
	const box = health.getByRole('group', { name: 'Kernels' });
	await box.focus();
	await health.keyboard.press('ArrowRight');
	await expect(box).toBeFocused();

	await lesson.bringToFront();
	await lesson.getByRole('button', { name: 'Interrupt Cell 1' }).click();
	await finishedSomehow(lesson);
	await health.bringToFront();
	await expect(line).toContainText('idle', { timeout: 20_000 });

	const dark = await newBrowser(browser, app, 'dark');
	const page = await dark.newPage();
	await page.goto(`${app.url}/health`);
	await expectNoViolations(page);
	await dark.close();
});

async function finishedSomehow(page: Awaited<ReturnType<typeof openLesson>>): Promise<void> {
	await expect(page.getByRole('region', { name: /^Code cell 1, interrupted/ })).toBeVisible();
	await run(page, cell(page, 2), '1');
	await finished(page, 2);
}

test('programs hear the same: JSON, reasons, measurements, each by its key', async () => {
	const get = (path: string, headers: Record<string, string> = {}) =>
		fetch(`${app.url}${path}`, { headers });
	expect(await (await get('/health/live')).text()).toBe('ok');
	expect(await (await get('/healthz')).text()).toBe('ok');
	const stranger = await get('/health/ready');
	expect([stranger.status, await stranger.text()]).toEqual([200, 'ok']);
	for (const path of ['/health', '/metrics']) expect((await get(path)).status).toBe(401);

	const token = readFileSync(join(app.data, 'metrics-token'), 'utf8').trim();
	const collector = { authorization: `Bearer ${token}`, accept: '*/*' };
	const reasons = await (await get('/health/ready', collector)).text();
	expect(reasons).toMatch(/^ok database: .+\nok disk: .+\nok host: it answers\n$/);
	const metrics = await get('/metrics', collector);
	expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
	expect(await metrics.text()).toMatch(/^tuningfork_kernels\{state="idle"\} 1$/m);
	const facts = (await (await get('/health', collector)).json()) as { kernels: object[] };
	expect(facts.kernels).toMatchObject([{ condition: 'idle', learner: null }]);
	for (const path of ['/', '/api/lessons/x/events'])
		expect((await get(path, collector)).status).toBe(401);
});
