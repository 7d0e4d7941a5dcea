/** A class: each address is a learner of their own, and what each of them sees. */
import { expect, test, type Browser, type BrowserContext } from '@playwright/test';
import { memberNamed, newMember } from '../../scripts/start/people.mjs';
import { newAddress } from '../../scripts/start/invite.mjs';
import { expectNoViolations } from './accessible';
import { startApp, type App } from './app';
import { cell, LESSONS, openLesson, write } from './lesson';

const LESSON = LESSONS[0];
let app: App;
const contexts: BrowserContext[] = [];

test.beforeAll(async () => {
	app = await startApp({ TUNINGFORK_CLASS: '1', TUNINGFORK_FORK: '0', TUNINGFORK_POOL: '0' });
});

test.afterAll(async () => {
	for (const context of contexts) await context.close();
	await app.stop();
});

/** A browser of its own, let in by an address as it is printed. */
async function join(browser: Browser, learner: string, role?: 'teacher'): Promise<BrowserContext> {
	const context = await browser.newContext({ reducedMotion: 'reduce' });
	contexts.push(context);
	const page = await context.newPage();
	await page.goto(newAddress(app.data, app.url, learner, role));
	await page.close();
	return context;
}

test('two browsers are two learners: neither sees the other’s edits; those who teach see both', async ({
	browser
}) => {
	const anna = await join(browser, memberNamed(app.data, 'Anna').learner);
	const other = await join(browser, newMember(app.data).learner);
	const [annas, others] = await Promise.all([
		openLesson(anna, app, LESSON),
		openLesson(other, app, LESSON)
	]);
	await write(annas, cell(annas, 1), 'text_of_anna = 1');
	await write(others, cell(others, 1), 'text_of_other = 1');
	const saved = async (page: typeof annas, path = `/lessons/${LESSON}`) =>
		(await page.request.get(`${app.url}${path}`)).text();
	await expect.poll(() => saved(annas)).toContain('text_of_anna');
	await expect.poll(() => saved(others)).toContain('text_of_other');
	for (const path of ['/', `/lessons/${LESSON}`, `/lessons/${LESSON}/__data.json`]) {
		expect(await saved(annas, path)).not.toContain('text_of_other');
		expect(await saved(others, path)).not.toContain('text_of_anna');
	}
	await expect(annas.getByText('text_of_other')).toHaveCount(0);

	await annas.goto(app.url);
	await expect(annas.getByText('You work here as Anna.')).toBeVisible();
	await expect(annas.getByRole('link', { name: 'Health of this installation' })).toHaveCount(0);
	expect((await annas.goto(`${app.url}/health`))?.status()).toBe(403);
	await expect(annas.getByRole('heading')).toHaveText('This page is for those who teach.');
	await expectNoViolations(annas);
	expect(await (await annas.request.get(`${app.url}/health/ready`)).text()).toMatch(
		/^(ok|not ready)$/
	);

	const teacher = await (await join(browser, 'teacher', 'teacher')).newPage();
	await teacher.goto(app.url);
	await teacher.getByRole('link', { name: 'Health of this installation' }).click();
	const kernels = teacher.getByRole('table', { name: /kernels/i });
	for (const name of ['Anna', 'learner-1'])
		await expect(kernels.getByRole('row', { name: new RegExp(name) })).toBeVisible({
			timeout: 20_000
		});
});
