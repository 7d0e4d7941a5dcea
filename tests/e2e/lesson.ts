/**
 * A lesson page as a person uses it: by roles and names, with the keyboard and the mouse.
 */
import {
	expect,
	type Browser,
	type BrowserContext,
	type Locator,
	type Page
} from '@playwright/test';
import type { Notebook } from '../../src/lib/notebook/notebook';
import type { App } from './app';

export const LESSONS = ['01-fine-tune-in-five-minutes', '02-teach-gpt-2-to-write'] as const;

/** A browser of its own that has been let in. */
export async function newBrowser(
	browser: Browser,
	app: App,
	colorScheme: 'light' | 'dark' = 'light'
): Promise<BrowserContext> {
	const context = await browser.newContext({ reducedMotion: 'reduce', colorScheme });
	const page = await context.newPage();
	await page.goto(app.invite());
	await page.close();
	return context;
}

export async function openLesson(context: BrowserContext, app: App, slug: string): Promise<Page> {
	const page = await context.newPage();
	failOnPolicyViolation(page);
	await page.goto(`${app.url}/lessons/${slug}`);
	await expect(cells(page).first()).toBeVisible();
	return page;
}

/** The strict content security policy must never be hit: a violation is a fault of ours. */
function failOnPolicyViolation(page: Page): void {
	page.on('console', (message) => {
		if (/Content Security Policy/.test(message.text())) throw new Error(message.text());
	});
}

export function cells(page: Page): Locator {
	return page.getByRole('region', { name: /^(Code|Your) cell/ });
}

/** The n-th cell of the lesson, counted from 1. */
export function cell(page: Page, number: number): Locator {
	return page.getByRole('region', { name: new RegExp(`^Code cell ${number},`) });
}

export async function ready(page: Page, timeout = 60_000): Promise<void> {
	await expect(page.getByText('Python is ready', { exact: true }).first()).toBeVisible({ timeout });
}

/** Replaces the text of a cell, as by selecting everything and pasting. */
export async function write(page: Page, target: Locator, source: string): Promise<void> {
	const editor = target.getByRole('textbox').first();
	await editor.click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText(source);
}

export async function run(page: Page, target: Locator, source?: string): Promise<void> {
	if (source !== undefined) await write(page, target, source);
	else await target.getByRole('textbox').first().click();
	await page.keyboard.press('ControlOrMeta+Enter');
}

export async function finished(page: Page, number: number, timeout = 60_000): Promise<void> {
	const done = page.getByRole('region', { name: new RegExp(`^Code cell ${number}, finished`) });
	await expect(done).toBeVisible({ timeout });
}

/** The notebook as the server has it: the first frame of a viewer that has nothing yet. */
export async function notebookOf(page: Page, slug: string): Promise<Notebook> {
	return page.evaluate(async (lesson) => {
		const stop = new AbortController();
		const answer = await fetch(`/api/lessons/${lesson}/events`, { signal: stop.signal });
		const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
		let text = '';
		while (reader && !/^data: .*\n\n/m.test(text)) text += (await reader.read()).value ?? '';
		stop.abort();
		const line = text.split('\n').find((part) => part.startsWith('data: ')) ?? '';
		return (JSON.parse(line.slice(6)) as { notebook: Notebook }).notebook;
	}, slug);
}
