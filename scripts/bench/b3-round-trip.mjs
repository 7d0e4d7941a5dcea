/** B3: `1+1` in place, from the key to the painted result; and the same without a browser. */
import { setTimeout as wait } from 'node:timers/promises';
import { clocked } from './browser.mjs';
import { kernelAlone } from './floors.mjs';
import { atMost, fasterBy, row } from './rows.mjs';
import { inTurn, open, pressRun, write } from './side.mjs';

const CODE = '1+1';
const TURN = 5;

/** @param {import('./run.mjs').Bench} bench */
export async function measureRoundTrip(bench) {
	const { sides, samples, add } = bench;
	const output = add(
		row('B3', '`1+1`: key to painted result', 'ms', [atMost(30, 'ms'), fasterBy(3)])
	);
	const count = add(row('B3', '`1+1`: key to painted counter `[n]`', 'ms'));
	const longest = add(row('B3', '… longest frame meanwhile', 'ms'));
	const pages = new Map();
	for (const side of sides) {
		const page = await open(side);
		await write(page, side, 0, CODE);
		pages.set(side, page);
	}
	// In turns of five; the first turn of each is the warm-up.
	const runTurn = (/** @type {import('./side.mjs').Side} */ side) => runMany(pages.get(side));
	await inTurn(sides, { samples, warmUps: 1 }, runTurn, (side, times) => {
		output[side.key].push(...times.map(({ last }) => last));
		count[side.key].push(...times.map(({ done }) => done));
		longest[side.key].push(...times.map(({ longestFrame }) => longestFrame));
	});
	for (const page of pages.values()) await page.close();
	await measureFloors(bench);
}

/** @param {import('./browser.mjs').Page} page */
async function runMany(page) {
	// The page in front gets the processor.
	await page.bringToFront();
	await page.locator('.cm-content').first().click();
	const times = [];
	for (let run = 0; run < TURN; run += 1) {
		await wait(300);
		const wanted = { cell: 0, event: /** @type {const} */ ('keydown'), text: '2', limit: 10_000 };
		times.push(await clocked(page, wanted, () => pressRun(page)));
	}
	return times;
}

/** @param {import('./run.mjs').Bench} bench */
async function measureFloors({ root, sides, samples, add }) {
	const server = add(row('B3', '… of that, kernel and server, asked from Node', 'ms'));
	const alone = add(row('B3', '… of that, the kernel by itself, over ZMQ', 'ms'));
	const lines = new Map();
	for (const side of sides) lines.set(side, await side.connect());
	const runTurn = (/** @type {import('./side.mjs').Side} */ side) => askMany(lines.get(side));
	await inTurn(sides, { samples, warmUps: 1 }, runTurn, (side, times) =>
		server[side.key].push(...times)
	);
	for (const line of lines.values()) line.close();
	const times = (await kernelAlone(root, TURN * (samples + 1))).slice(TURN);
	alone.ours.push(...times);
	alone.lab.push(...times);
}

/** @param {import('./floors.mjs').Line} line */
async function askMany(line) {
	const times = [];
	for (let run = 0; run < TURN; run += 1) {
		await wait(300);
		times.push(await line.run(CODE));
	}
	return times;
}
