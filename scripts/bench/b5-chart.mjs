/** B5: a live chart that grows by ten points, ten times a second, fifty times. */
import { setTimeout as wait } from 'node:timers/promises';
import { allText, inspect, takeTasks, watchDrawing, workedMs } from './browser.mjs';
import { atMost, row } from './rows.mjs';
import { inTurn, open, pressRun, write } from './side.mjs';

const UPDATES = 50;
const LIMIT = 90_000;
const LOOK_EVERY = 500;
/** A page that works less than this in half a second has nothing left to draw. */
const REST_MS = 40;

/** @param {import('./run.mjs').Bench} bench */
export async function measureChart({ sides, samples, add }) {
	for (const points of [1000, 10_000]) {
		const name = `live chart of ${points.toLocaleString('en')} points`;
		const rows = {
			cost: add(
				row('B5', `${name}: processor time of the page per update`, 'ms', [atMost(20, 'ms')])
			),
			drawn: add(row('B5', `… frames in which the drawing changed (${UPDATES} updates)`, '')),
			late: add(row('B5', '… behind Python at the end', 'ms')),
			longest: add(row('B5', '… longest main-thread task', 'ms'))
		};
		// The slow side takes minutes: three samples show what there is to see.
		const counts = { samples: Math.min(3, samples), warmUps: 0 };
		await inTurn(
			sides,
			counts,
			(side) => grow(side, points),
			(side, value) => {
				for (const [name, row] of Object.entries(rows))
					row[side.key].push(value[/** @type {keyof typeof rows} */ (name)]);
			}
		);
	}
}

/** @param {import('./side.mjs').Side} side @param {number} points */
async function grow(side, points) {
	const { first, second } = side.chart(points);
	const page = await open(side);
	const inspector = await inspect(page);
	await write(page, side, 0, first);
	await pressRun(page);
	await wait(3000);
	await rest(inspector);
	await write(page, side, 1, second);
	const drawing = await watchDrawing(page, 0);
	await takeTasks(page);
	const old = await allText(page, 1);
	const before = await workedMs(inspector);
	await pressRun(page);
	const end = await printedEnd(page, old);
	const isAtRest = await rest(inspector);
	const cost = isAtRest ? ((await workedMs(inspector)) - before) / UPDATES : Infinity;
	const { count, last } = await drawing();
	const longest = Math.max(0, ...(await takeTasks(page)));
	await page.close();
	return { cost, drawn: count, late: isAtRest ? Math.max(0, last - end) : Infinity, longest };
}

/** When Python had sent the last update, by its own word. @param {import('./browser.mjs').Page} page @param {string} old what an earlier sample left there */
async function printedEnd(page, old) {
	for (const until = Date.now() + LIMIT; Date.now() < until; await wait(200)) {
		const text = await allText(page, 1);
		const at = text === old ? null : /END (\d+\.\d+)/.exec(text)?.[1];
		if (at) return Number(at) * 1000;
	}
	return Number.NaN;
}

/** Waits until the page has nothing to do. @param {import('./browser.mjs').Inspector} inspector */
async function rest(inspector) {
	let before = await workedMs(inspector);
	for (const until = Date.now() + LIMIT; Date.now() < until;) {
		await wait(LOOK_EVERY);
		const now = await workedMs(inspector);
		if (now - before < REST_MS) return true;
		before = now;
	}
	return false;
}
