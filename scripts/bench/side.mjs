/** One of the two that are compared, and what both can be asked to do. */
import { setTimeout as wait } from 'node:timers/promises';
import { editorAt } from './browser.mjs';
import { installProbe } from './probe.mjs';

/** @typedef {import('playwright-core').Page} Page */

/**
 * @typedef {object} Side
 * @property {import('./rows.mjs').Key} key
 * @property {string} name
 * @property {import('playwright-core').BrowserContext} context
 * @property {string} address of the notebook
 * @property {import('./probe.mjs').Parts} parts
 * @property {string} interruptButton
 * @property {(page: Page) => Promise<void>} ready Python can run a cell
 * @property {(page: Page) => Promise<void>} save what a careful person does before closing
 * @property {() => Promise<void>} reset ends what still runs, and the first cell has the text it came with; no page is open
 * @property {(points: number) => import('./charts.mjs').ChartCells} chart
 * @property {() => Promise<import('./floors.mjs').Line>} connect to the server, without a browser
 * @property {() => Promise<void>} stop
 */

/** An empty page with the clocks in it. @param {Side} side */
export async function newPage(side) {
	const page = await side.context.newPage();
	page.on('dialog', (dialog) => void dialog.accept());
	await page.addInitScript(installProbe, side.parts);
	return page;
}

/** The notebook, with Python ready and the page at rest. @param {Side} side */
export async function open(side) {
	await side.reset();
	const page = await newPage(side);
	await page.goto(side.address, { waitUntil: 'commit' });
	await editorAt(page);
	await side.ready(page);
	await wait(1500);
	return page;
}

/** Replaces the text of a cell, as by pasting, and leaves the cursor in it. @param {Page} page @param {Side} side @param {number} cell @param {string} code */
export async function write(page, side, cell, code) {
	await page.locator(side.parts.cell).nth(cell).locator('.cm-content').first().click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText(code);
	// Long enough for an autosave to be over.
	await wait(1000);
}

/** @param {Page} page */
export const pressRun = (page) => page.keyboard.press('Control+Enter');

/**
 * Measures each side in turn, the first one changing from sample to sample.
 * @template Value
 * @param {readonly Side[]} sides @param {{ samples: number, warmUps: number }} counts
 * @param {(side: Side) => Promise<Value>} measure @param {(side: Side, value: Value) => void} keep
 */
export async function inTurn(sides, { samples, warmUps }, measure, keep) {
	for (let sample = -warmUps; sample < samples; sample += 1) {
		const order = sample % 2 === 0 ? sides : [...sides].reverse();
		for (const side of order) {
			const value = await measure(side);
			if (sample >= 0) keep(side, value);
		}
	}
}
