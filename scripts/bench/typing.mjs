/**
 * Types into the first cell of a page as soon as its code takes text, with events of a real mouse and keyboard,
 * and proves that it was not in vain. The same for both sides.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { allText } from './browser.mjs';
import { pressRun } from './side.mjs';
import { words } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./browser.mjs').Inside} Inside */
/** @typedef {import('./browser.mjs').Inspector} Inspector */
/** @typedef {import('./probe.mjs').Place} Place */

/** A key that is not a command of either, should it go astray; and a program that prints itself. */
const KEY = '7';
/** Milliseconds after which a key press that shows nothing is taken as lost, and tried again. */
const LOST = 40;
const PATIENCE = 120_000;

/**
 * Call it before the navigation; what it gives back, after it.
 * @param {Page} page @param {Inspector} inspector
 * @returns {Promise<() => Promise<number>>} milliseconds from the navigation to the frame that shows the key
 */
export async function typeAtOnce(page, inspector) {
	const until = Date.now() + PATIENCE;
	/** @type {(place: Place | null) => void} */
	let found = () => {};
	/** @type {Promise<Place | null>} */
	const typable = new Promise((resolve) => (found = resolve));
	await page.exposeBinding('typable', (_, place) => found(place));
	return async () => {
		const late = setTimeout(() => found(null), PATIENCE);
		let place = await typable;
		clearTimeout(late);
		if (await shownAt(page)) throw words.notTyped('The cell showed the key before it was pressed.');
		while (Date.now() < until) {
			if (place) await press(inspector, place);
			for (const again = Date.now() + LOST; Date.now() < again; await wait(10)) {
				const at = await shownAt(page);
				if (at) return at;
			}
			place = await placeIn(page);
		}
		throw words.notTyped('The first cell never showed the key.');
	};
}

/** Replaces all the code of the first cell by the key; sent at once, for a way forth and back would count as loading. @param {Inspector} inspector @param {Place} place */
async function press(inspector, { x, y }) {
	const click = { x, y, button: /** @type {const} */ ('left'), clickCount: 1 };
	const all = { modifiers: 2, key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65 };
	const key = { key: KEY, code: `Digit${KEY}`, windowsVirtualKeyCode: KEY.charCodeAt(0) };
	await Promise.all([
		inspector.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...click }),
		inspector.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...click }),
		inspector.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...all }),
		inspector.send('Input.dispatchKeyEvent', { type: 'keyUp', ...all }),
		inspector.send('Input.dispatchKeyEvent', { type: 'keyDown', text: KEY, ...key }),
		inspector.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
	]);
}

/** @param {Page} page */
function placeIn(page) {
	return page.evaluate(() =>
		/** @type {Inside} */ (/** @type {unknown} */ (globalThis)).probe.place()
	);
}

/** @param {Page} page */
function shownAt(page) {
	return page.evaluate(
		(text) => /** @type {Inside} */ (/** @type {unknown} */ (globalThis)).probe.shown[text] ?? 0,
		KEY
	);
}

/** What was typed at once is still the code, and is what runs. @param {Page} page @param {import('./side.mjs').Side} side */
export async function checkRun(page, side) {
	await side.ready(page);
	await pressRun(page);
	for (const until = Date.now() + 30_000; Date.now() < until; await wait(100))
		if ((await allText(page, 0)).trim() === KEY) return;
	throw words.notTyped(`A run of the cell printed “${(await allText(page, 0)).slice(0, 200)}”.`);
}
