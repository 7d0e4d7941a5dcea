/** The browser of the bench, and what is asked of its pages. The same for both sides. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { words } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').CDPSession} Inspector */
/** @typedef {import('./probe.mjs').Wanted} Wanted */
/** @typedef {import('./probe.mjs').Clocked} Clocked */

const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const VIEWPORT = { width: 1280, height: 900 };

export function launch() {
	const executablePath = process.env['CHROMIUM'] || PLACES.find((path) => existsSync(path));
	if (!executablePath) throw words.noBrowser();
	return chromium.launch({ executablePath, args: ARGS });
}

/** @typedef {{ probe: import('./probe.mjs').Probe, clocks: Promise<Clocked>[], drawing: { count: number, last: number } }} Inside what the bench keeps in a page */

// These functions are sent to the page as text. Strings would be stopped there by our own policy.

/** The whole editor is there. @param {Page} page @returns {Promise<number>} milliseconds since the navigation began */
export async function editorAt(page) {
	const inside = () => /** @type {Inside} */ (/** @type {unknown} */ (globalThis)).probe.editor;
	await page.waitForFunction(inside, undefined, { polling: 100, timeout: 120_000 });
	return page.evaluate(inside);
}

/** @param {Page} page @returns {Promise<number>} */
export function firstPaintAt(page) {
	return page.evaluate(
		() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN
	);
}

/** Long tasks since the last call, milliseconds each. @param {Page} page */
export function takeTasks(page) {
	return page.evaluate(() =>
		/** @type {Inside} */ (/** @type {unknown} */ (globalThis)).probe.takeTasks()
	);
}

/** @param {Page} page @param {number} cell */
export function allText(page, cell) {
	return page.evaluate(
		(at) => /** @type {Inside} */ (/** @type {unknown} */ (globalThis)).probe.allText(at),
		cell
	);
}

/**
 * Sets the clock, does something that starts it, and waits for what it shows.
 * @param {Page} page @param {Wanted} wanted @param {() => Promise<void>} act @returns {Promise<Clocked>}
 */
export async function clocked(page, wanted, act) {
	await page.evaluate((about) => {
		const inside = /** @type {Inside} */ (/** @type {unknown} */ (globalThis));
		inside.clocks = [inside.probe.clock(about)];
	}, wanted);
	await act();
	const clock = await page.evaluate(
		() => /** @type {Inside} */ (/** @type {unknown} */ (globalThis)).clocks[0]
	);
	if (!clock) throw new Error('The clock was lost: the page was loaded again.');
	return clock;
}

/** @param {Page} page @param {number} cell */
export async function watchDrawing(page, cell) {
	await page.evaluate((at) => {
		const inside = /** @type {Inside} */ (/** @type {unknown} */ (globalThis));
		inside.drawing = inside.probe.watchDrawing(at);
	}, cell);
	return () =>
		page.evaluate(() => ({
			.../** @type {Inside} */ (/** @type {unknown} */ (globalThis)).drawing
		}));
}

/** @param {Page} page @returns {Promise<Inspector>} */
export async function inspect(page) {
	const inspector = await page.context().newCDPSession(page);
	// Processor time, so that a busy machine does not count as a busy page.
	await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
	return inspector;
}

/** Milliseconds the page's main thread has worked so far. @param {Inspector} inspector */
export async function workedMs(inspector) {
	const { metrics } = await inspector.send('Performance.getMetrics');
	return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}
