import { expect, test } from '@playwright/test';
import { startApp, type App } from './app';
import { cell, cells, finished, LESSONS, newBrowser, openLesson, ready } from './lesson';

let app: App;

test.beforeAll(async () => {
	app = await startApp();
});

test.afterAll(() => app.stop());

test('all of lesson 1 can be done by keyboard alone', async ({ browser }) => {
	test.setTimeout(300_000);
	const context = await newBrowser(browser, app);
	const home = await context.newPage();
	await home.goto(app.url);
	// From the home page into the lesson.
	for (let presses = 0; presses < 30; presses += 1) {
		await home.keyboard.press('Tab');
		const href = await home.evaluate(() => document.activeElement?.getAttribute('href') ?? '');
		if (href.endsWith(LESSONS[0])) break;
	}
	await home.keyboard.press('Enter');
	await expect(home).toHaveURL(new RegExp(LESSONS[0]));
	const page = home;
	await ready(page);

	// To the first cell with Tab, as somebody without a mouse would.
	for (let presses = 0; presses < 60; presses += 1) {
		await page.keyboard.press('Tab');
		const inside = await cell(page, 1).evaluate((node) => node.contains(document.activeElement));
		if (inside) break;
	}
	const count = await cells(page).count();
	for (let number = 1; number <= count; number += 1) {
		if (number === 2) await editByKeyboard();
		await page.keyboard.press('Shift+Enter');
		await finished(page, number, 180_000);
	}
	const after = cell(page, count - 1).getByRole('table');
	await expect(after.getByText('The bridge was splendid.')).toBeVisible();
	// After the last cell the keyboard is at the way to the next lesson.
	const text = await page.evaluate(() => document.activeElement?.textContent ?? '');
	expect(text).toContain('Teach GPT-2 to write');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(LESSONS[1]));
	await context.close();

	async function editByKeyboard(): Promise<void> {
		await page.keyboard.press('Enter');
		await page.keyboard.press('Control+a');
		await page.keyboard.insertText('mine = ["The bridge was splendid.", "What a soggy cake."]');
		await page.keyboard.press('Escape');
	}
});

test('command keys: move, add, delete, undo, hide output, help, Tab out of the editor', async ({
	browser
}) => {
	const context = await newBrowser(browser, app);
	const page = await openLesson(context, app, LESSONS[0]);
	await ready(page);
	await cell(page, 1).getByRole('textbox').first().click();
	await page.keyboard.press('Escape');
	await page.keyboard.press('j');
	await expect(cell(page, 2)).toBeFocused();
	await page.keyboard.press('k');
	await expect(cell(page, 1)).toBeFocused();

	const before = await cells(page).count();
	await page.keyboard.press('b');
	await expect(cells(page)).toHaveCount(before + 1);
	await page.keyboard.press('Escape');
	await page.keyboard.press('d');
	await page.keyboard.press('d');
	await expect(cells(page)).toHaveCount(before);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(cells(page)).toHaveCount(before + 1);

	await page.getByRole('region', { name: /^Code cell 1/ }).focus();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog')).toBeVisible();
	await page.keyboard.press('Escape');
	await page.keyboard.press('0');
	await page.keyboard.press('0');
	await expect(page.getByRole('alertdialog').or(page.getByRole('dialog'))).toBeVisible();
	await page.keyboard.press('Escape');
	await context.close();
});
