import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { startApp, type App } from './app';
import { cell, cells, finished, LESSONS, newBrowser, ready, run } from './lesson';
import { heardOf, listenForEach } from './listener';
import { DRAWINGS, ENDLESS, type Drawing } from './payloads/drawings';
import { NETWORK } from './payloads/network';
import { THIEVES } from './payloads/thieves';

// What a cell sends may be anything. Here it tries to reach the network, the keyboard and the page.

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

/** Not `openLesson`: what is refused in a frame is written to the console, and here that is right. */
async function open(): Promise<Page> {
	const page = await context.newPage();
	await page.goto(`${app.url}/lessons/${LESSONS[0]}`);
	await expect(cells(page).first()).toBeVisible();
	await ready(page);
	return page;
}

async function display(page: Page, bundles: readonly object[]): Promise<void> {
	const text = JSON.stringify(JSON.stringify(bundles));
	const source = `import json\nfor bundle in json.loads(${text}):\n    display(bundle, raw=True)`;
	await run(page, cell(page, 1), source);
	await finished(page, 1);
}

const html = (text: string) => ({ 'text/html': text });
const outputs = (page: Page) => cell(page, 1).locator('.output');
const frames = (page: Page) => cell(page, 1).locator('iframe');

/** Every frame that is still there has shown what it was given. */
async function allShown(page: Page): Promise<void> {
	const count = await frames(page).count();
	for (let at = 0; at < count; at += 1) {
		await expect(frames(page).nth(at)).toHaveAttribute('src', '/frame', { timeout: 60_000 });
	}
}

/** How the frame is served: as it is, or with one of its two walls or both taken away. */
async function takeAway(page: Page, walls: { header: boolean; script: boolean }): Promise<void> {
	await page.route('**/frame', async (route) => {
		const answer = await route.fetch();
		const headers = answer.headers();
		if (walls.header) delete headers['connection-allowlist'];
		if (walls.script) {
			const policy = headers['content-security-policy'] ?? '';
			headers['content-security-policy'] = policy.replace(/; require-trusted-types-for.*/, '');
		}
		const body = walls.script
			? readFileSync('tests/e2e/payloads/unsealed.html', 'utf8')
			: await answer.text();
		await route.fulfill({ status: 200, headers, body });
	});
}

const WALLS = [
	{ name: 'with both walls', header: false, script: false, heard: [] },
	{
		name: 'with the script alone only navigation',
		header: true,
		script: false,
		heard: ['navigation', 'navigation under TLS', 'a link that a script presses']
	},
	{ name: 'without them WebRTC', header: true, script: true, heard: ['webrtc', 'navigation'] }
];

for (const { name, header, script, heard } of WALLS) {
	test(`a listener hears ${heard.length > 0 ? 'of outputs' : 'nothing of outputs'} ${name}`, async () => {
		const page = await open();
		if (header || script) await takeAway(page, { header, script });
		const { ears, filled } = await listenForEach(NETWORK);
		await display(page, filled.map(html));
		await expect(outputs(page)).toHaveCount(filled.length);
		await allShown(page);
		// Nothing tells that something does not come.
		await wait(2500);
		const names = heardOf(ears);
		for (const ear of ears.values()) ear.close();
		if (script) expect(names).toEqual(expect.arrayContaining(heard));
		else expect(names).toEqual(heard);
		expect(await page.evaluate(() => document.querySelectorAll('main').length)).toBe(1);
		await page.close();
	});
}

const STOPPED = /it took the keyboard while you were working/;

test('what is typed into the editor stays in the editor', async () => {
	const page = await open();
	await display(page, Object.values(THIEVES).map(html));
	const editor = cell(page, 2).getByRole('textbox').first();
	await editor.click();
	await page.keyboard.press('ControlOrMeta+a');
	// While six take it at once, the keys of that moment may go astray; what follows stays.
	await page.keyboard.type('x'.repeat(20) + 'SECRETTYPED', { delay: 25 });
	await expect(editor).toHaveText(/^x{14,20}SECRETTYPED$/);
	// Those that a script's own means cannot hold back are taken away; `focus()` is held back.
	await expect(cell(page, 1).getByText(STOPPED)).toHaveCount(Object.keys(THIEVES).length - 1);
	await expect(frames(page)).toHaveCount(1);

	await display(page, [html(LATE_THIEF)]);
	await expect(frames(page)).toHaveCount(1);
	await editor.click();
	await page.keyboard.press('ControlOrMeta+a');
	const text = '0123456789'.repeat(6);
	await page.keyboard.type(text, { delay: 40 });
	await expect(cell(page, 1).getByText(STOPPED)).toBeVisible();
	// The key that is on its way at the very moment may go astray; no other.
	const kept = (await editor.textContent()) ?? '';
	expect(text.length - kept.length).toBeLessThanOrEqual(1);
	await page.close();
});

/** It waits until the learner is at work elsewhere. */
const LATE_THIEF = '<input id="i"><script>setInterval(() => i.select(), 900)</script>';

test('an output that the learner presses into has the keyboard, and keeps its links for a click', async () => {
	const page = await open();
	await display(page, [
		html(
			`<input id="i" aria-label="name"><input type="range" aria-label="size" min="0" max="9" value="0">
			<a href="https://example.org/a?b">out</a> <a href="own.txt">own</a><script>i.focus()</script>`
		),
		html(
			`<img src="https://example.org/p.png"><script src="https://cdn.example.org/lib.js"></script><iframe src="https://example.org/v"></iframe>`
		)
	]);
	const inside = frames(page).first().contentFrame();
	await inside.getByLabel('name').click();
	await page.keyboard.type('Ada', { delay: 20 });
	await expect(inside.getByLabel('name')).toHaveValue('Ada');
	await inside.getByLabel('size').click();
	await page.keyboard.press('End');
	await expect(inside.getByLabel('size')).toHaveValue('9');
	await expect(frames(page)).toHaveCount(2);

	const refused = outputs(page).nth(1);
	for (const address of ['p.png', 'lib.js', 'example.org/v']) {
		await expect(refused.getByText(address)).toBeVisible();
	}
	await inside.getByText('out').click();
	const first = outputs(page).first();
	await expect(first.getByText('https://example.org/a?b')).toBeVisible();
	const link = first.getByRole('link', { name: 'Open in a new tab' });
	await expect(link).toHaveAttribute('rel', /noopener noreferrer/);
	await first.getByRole('button', { name: 'Close' }).click();

	await run(page, cell(page, 2), 'open("own.txt", "w").write("mine")');
	await finished(page, 2);
	await inside.getByText('own', { exact: true }).click();
	const coming = page.waitForEvent('download');
	await first.getByRole('link', { name: 'Download the file' }).click();
	const download = await coming;
	expect(readFileSync(await download.path(), 'utf8')).toBe('mine');
	await page.close();
});

const bundle = ({ language, spec }: Drawing) => ({
	[`application/${language === 'vega.v5' ? 'vnd.vega.v5' : 'vnd.vegalite.v5'}+json`]: spec,
	'text/plain': 'the words beside it'
});

test('a chart that computes without end is stopped, at each visit, and harms no other', async () => {
	test.setTimeout(180_000);
	const page = await open();
	await display(page, [
		html('<b>an innocent one</b>'),
		...Object.values(ENDLESS).map(bundle),
		bundle(DRAWINGS['an ordinary chart'] as Drawing)
	]);
	for (const visit of ['first', 'again']) {
		for (const at of [1, 2]) {
			await expect(
				outputs(page)
					.nth(at)
					.getByText(/was stopped because it gave no answer/),
				visit
			).toBeVisible({
				timeout: 60_000
			});
		}
		await expect(
			outputs(page).first().locator('iframe').contentFrame().getByText('an innocent one')
		).toBeVisible();
		await expect(
			outputs(page).nth(3).locator('iframe').contentFrame().locator('svg').first()
		).toBeAttached({ timeout: 30_000 });
		await expect(outputs(page).nth(1).getByRole('button', { name: 'Try again' })).toBeVisible();
		await run(page, cell(page, 2), `print("${visit} visit")`);
		await finished(page, 2);
		await page.reload();
	}
	await page.close();
});

test('no chart of a cell covers the page, reaches anything or is simply missing', async () => {
	test.setTimeout(180_000);
	const page = await open();
	const before = await page.evaluate(() => document.body.children.length);
	const texts = Object.entries(DRAWINGS).map(([name, one]) => [name, JSON.stringify(bundle(one))]);
	const { ears, filled } = await listenForEach(Object.fromEntries(texts) as Record<string, string>);
	await display(
		page,
		filled.map((text) => JSON.parse(text) as object)
	);
	await expect(outputs(page)).toHaveCount(filled.length);
	for (const [at, [name, { words }]] of Object.entries(DRAWINGS).entries()) {
		const output = outputs(page).nth(at);
		const expected = words
			? output.getByText(words)
			: output.locator('iframe').contentFrame().locator('svg');
		await expect(expected.first(), name).toBeAttached({ timeout: 30_000 });
		if (words) await expect(output.getByText('the words beside it')).toBeVisible();
	}
	await expectWholePage(page, before);
	expect(heardOf(ears)).toEqual([]);
	for (const ear of ears.values()) ear.close();
	await page.close();
});

/** Nothing lies over the lesson, and nothing was added to it or taken from it. */
async function expectWholePage(page: Page, children: number): Promise<void> {
	const seen = await page.evaluate(() => {
		const heading = document.querySelector('h1');
		heading?.scrollIntoView();
		const box = heading?.getBoundingClientRect();
		const top = box && document.elementFromPoint(box.left + 5, box.top + box.height / 2);
		return {
			isOnTop: top === heading || (heading?.contains(top ?? null) ?? false),
			children: document.body.children.length,
			mains: document.querySelectorAll('main').length,
			boom: 'boom' in globalThis
		};
	});
	expect(seen).toEqual({ isOnTop: true, children, mains: 1, boom: false });
}
