import { expect, test, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { expectNoViolations } from './accessible';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, ready } from './lesson';

// A cell takes text from the first paint on. Here the scripts are held back until the test lets them go.

const LESSON = LESSONS[0];
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

interface Held {
	readonly page: Page;
	readonly complaints: string[];
	letGo(): void;
}

async function openWithoutScripts(): Promise<Held> {
	const page = await context.newPage();
	const complaints: string[] = [];
	page.on('console', (line) => {
		if (['warning', 'error'].includes(line.type())) complaints.push(line.text());
	});
	page.on('pageerror', (error) => complaints.push(error.message));
	let letGo = () => {};
	const gate = new Promise<void>((resolve) => (letGo = resolve));
	await page.route('**/*.js', async (route) => {
		await gate;
		await route.continue();
	});
	await page.goto(`${app.url}/lessons/${LESSON}`, { waitUntil: 'commit' });
	await expect(code(page, 1)).toBeVisible();
	return { page, complaints, letGo };
}

const code = (page: Page, number: number) => cell(page, number).getByRole('textbox');
const editor = (page: Page, number: number) => cell(page, number).locator('.cm-content');
const top = async (target: Locator) => (await target.boundingBox())?.y;

/** Drawn or in the editor, line by line. */
const textOf = (target: Locator) =>
	target.evaluate((node) => {
		const lines = [...node.querySelectorAll('.cm-line')].map((line) => line.textContent);
		return lines.length > 0 ? lines.join('\n') : node.textContent.replace(/\n$/, '');
	});

/** Through the clipboard, so that the browser's own pasting is what is tried. */
async function paste(page: Page, text: string): Promise<void> {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.evaluate((words) => navigator.clipboard.writeText(words), text);
	await page.keyboard.press('ControlOrMeta+v');
}

/** The text of a cell as the server has it after a reload. */
async function saved(page: Page): Promise<void> {
	await expect(page.getByText('Saved', { exact: true })).toBeVisible();
	await page.reload();
}

test('what is typed before any script has come is kept, with caret and place, and saved', async () => {
	const { page, complaints, letGo } = await openWithoutScripts();
	await expectNoViolations(page);
	await code(page, 1).click();
	await page.keyboard.press('Control+Home');
	await page.keyboard.insertText('early = 1\n');
	await page.keyboard.type('mid');
	await page.keyboard.press('Enter');
	await page.keyboard.press('ArrowLeft');
	await expect(code(page, 1)).toContainText('early = 1\nmid\n', { useInnerText: true });
	await expect(editor(page, 1)).toHaveCount(0);
	const before = await top(cell(page, 2));

	letGo();
	await expect(editor(page, 1)).toBeFocused();
	await expect(code(page, 1)).toHaveCount(1);
	expect(await top(cell(page, 2))).toBe(before);
	// The caret is where it was: at the end of the second line.
	await page.keyboard.type('dle');
	await expect(editor(page, 1)).toContainText('early = 1middle');
	await saved(page);
	await expect(code(page, 1)).toContainText('middle');
	await expect(editor(page, 1)).toContainText('early = 1middle');
	expect(complaints).toEqual([]);
	await page.close();
});

test('an emptied cell stays empty; a paste brings text only; Tab moves on', async () => {
	const { page, complaints, letGo } = await openWithoutScripts();
	await code(page, 3).click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.press('Delete');
	await code(page, 2).click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.evaluate(() => {
		const as = (type: string, text: string) => ({ [type]: new Blob([text], { type }) });
		const both = { ...as('text/html', '<b>bold</b> = 1'), ...as('text/plain', 'bold = 1') };
		return navigator.clipboard.write([new ClipboardItem(both)]);
	});
	await page.keyboard.press('ControlOrMeta+v');
	await expect(code(page, 2).locator('b')).toHaveCount(0);
	await page.keyboard.press('Tab');
	await expect(code(page, 2)).not.toBeFocused();

	letGo();
	await expect(editor(page, 2)).toContainText('bold = 1');
	await expect(editor(page, 3)).toHaveText('');
	await saved(page);
	await expect(editor(page, 2)).toContainText('bold = 1');
	await expect(editor(page, 3)).toHaveText('');
	expect(complaints).toEqual([]);
	await page.close();
});

test('undo takes back what was typed early, and redo brings it again; no space is changed', async () => {
	const { page, letGo } = await openWithoutScripts();
	const before = await textOf(code(page, 5));
	await code(page, 5).click();
	await page.keyboard.press('Control+Home');
	await page.keyboard.type('if  True:');
	await page.keyboard.press('Enter');
	await page.keyboard.type('    y  =  1 ');
	await page.keyboard.press('Enter');
	const typed = await textOf(code(page, 5));
	expect(typed).toBe(`if  True:\n    y  =  1 \n${before}`);

	letGo();
	await expect(editor(page, 5)).toBeFocused();
	expect(await textOf(editor(page, 5))).toBe(typed);
	await page.keyboard.press('Control+z');
	expect(await textOf(editor(page, 5))).toBe(before);
	await page.keyboard.press('Control+y');
	expect(await textOf(editor(page, 5))).toBe(typed);
	await page.keyboard.press('Control+z');
	await saved(page);
	await expect(editor(page, 5)).toBeVisible();
	expect(await textOf(editor(page, 5))).toBe(before);
	await page.close();
});

test('a paste of many lines and a press on Run are not lost; what is read out stays the same', async () => {
	const { page, letGo } = await openWithoutScripts();
	await code(page, 3).click();
	await page.keyboard.press('ControlOrMeta+a');
	await paste(page, 'for n in range(2):\n    if n:\n\n        print("pasted", n)\n');
	await cell(page, 3).getByRole('button', { name: 'Run Cell 3' }).click();
	await expect(cell(page, 3).locator('.count')).toHaveText('[*]');
	const early = await cell(page, 3).getByRole('textbox').ariaSnapshot();
	const size = await cell(page, 3).locator('.code').boundingBox();
	expect(early).toMatch(/^- textbox "Code of Cell 3"/);
	await expect(code(page, 3)).toHaveAttribute('aria-multiline', 'true');

	letGo();
	await finished(page, 3);
	await expect(cell(page, 3).locator('.outputs')).toHaveText(/pasted 1/);
	expect(await textOf(editor(page, 3))).toBe(
		'for n in range(2):\n    if n:\n\n        print("pasted", n)\n'
	);
	await expect(code(page, 3)).toHaveAccessibleName('Code of Cell 3');
	await expect(code(page, 3)).toHaveAttribute('aria-multiline', 'true');
	const after = await cell(page, 3).locator('.code').boundingBox();
	expect([after?.height, after?.width]).toEqual([size?.height, size?.width]);
	await page.close();
});

test('keys that run cells are kept for later, in their order', async () => {
	const { page, letGo } = await openWithoutScripts();
	await code(page, 1).click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText('word = "heard"');
	await page.keyboard.press('Shift+Enter');
	await expect(cell(page, 2)).toBeFocused();
	await code(page, 2).click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText('print(word)');
	await page.keyboard.press('ControlOrMeta+Enter');
	await page.keyboard.press('Escape');
	await expect(cell(page, 2)).toBeFocused();
	await expect(cell(page, 1).locator('.count')).toHaveText('[*]');

	letGo();
	await ready(page);
	await finished(page, 2);
	await expect(cell(page, 2).locator('.outputs')).toHaveText(/heard/);
	await page.close();
});

test('the editor waits for the end of a word that is being composed', async () => {
	const { page, letGo } = await openWithoutScripts();
	await code(page, 1).click();
	await page.keyboard.press('Control+Home');
	const input = await context.newCDPSession(page);
	await input.send('Input.imeSetComposition', {
		text: 'にほ',
		selectionStart: 2,
		selectionEnd: 2
	});
	letGo();
	await expect(editor(page, 3)).toBeVisible();
	await expect(editor(page, 1)).toHaveCount(0);
	await input.send('Input.insertText', { text: '日本' });
	await expect(editor(page, 1)).toBeFocused();
	await expect(editor(page, 1)).toContainText(/^日本/);
	await page.close();
});

test('an unsaved text of an earlier visit and what is typed now are both kept, once', async () => {
	const first = await openWithoutScripts();
	first.letGo();
	await expect(editor(first.page, 4)).toBeVisible();
	await context.setOffline(true);
	await editor(first.page, 4).click();
	await first.page.keyboard.press('Control+End');
	await first.page.keyboard.insertText('\nbefore = 1');
	await first.page.waitForTimeout(600);
	await first.page.close();
	await context.setOffline(false);

	const { page, letGo } = await openWithoutScripts();
	await code(page, 4).click();
	await page.keyboard.press('Control+Home');
	await page.keyboard.insertText('now = 1\n');
	letGo();
	const joined = /^now = 1(?!.*now = 1).*before = 1$/s;
	await expect(editor(page, 4)).toHaveText(joined);
	await saved(page);
	await expect(editor(page, 4)).toHaveText(joined);
	await page.close();
});

test('no text becomes part of the page but by a way that is named', async () => {
	const { page, letGo } = await openWithoutScripts();
	letGo();
	const attempt = page.evaluate(() => (document.body.innerHTML = '<b>in</b>'));
	await expect(attempt).rejects.toThrow(/TrustedHTML/);
	const named = page.evaluate(() => {
		const { trustedTypes } = globalThis as unknown as {
			trustedTypes: { createPolicy(name: string, rules: object): unknown };
		};
		trustedTypes.createPolicy('another', {});
	});
	await expect(named).rejects.toThrow(/Policy "another" disallowed/);
	await page.close();
});

test('a chosen theme is there with the first paint, before any script', async () => {
	const { page, letGo } = await openWithoutScripts();
	const root = page.locator('html');
	await expect(root).toHaveAttribute('data-theme', 'system');
	letGo();
	await expect(editor(page, 1)).toBeVisible();
	const button = page.getByRole('button', { name: /^Theme:/ });
	for (const theme of ['light', 'dark']) {
		await button.click();
		await expect(root).toHaveAttribute('data-theme', theme);
	}
	await page.close();

	const again = await openWithoutScripts();
	await expect(again.page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await expect(again.page.locator('html')).toHaveCSS('color-scheme', 'dark');
	again.letGo();
	await expect(editor(again.page, 1)).toBeVisible();
	await again.page.getByRole('button', { name: 'Theme: dark' }).click();
	await expect(again.page.locator('html')).toHaveAttribute('data-theme', 'system');
	await again.page.close();
});
