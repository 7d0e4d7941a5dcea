/** B4: a hundred thousand lines, and a flood without end that is interrupted. */
import { setTimeout as wait } from 'node:timers/promises';
import { clocked, takeTasks } from './browser.mjs';
import { atMost, row } from './rows.mjs';
import { inTurn, open, pressRun, write } from './side.mjs';

const LINES = 'for number in range(100_000):\n    print("line", number)\nprint("THE" + "_END")';
const ENDLESS = 'while True:\n    print(1)';
const LIMIT = 120_000;
/** A page that has not stopped by then counts as not stopping. */
const STUCK = 30_000;

/** @param {import('./run.mjs').Bench} bench */
export async function measureFlood({ sides, samples, quick, add }) {
	const counts = { samples, warmUps: quick ? 0 : 1 };
	const rows = {
		last: add(row('B4a', '100,000 lines: key to the last one painted', 'ms', [atMost(4000, 'ms')])),
		first: add(row('B4a', '… to the first one painted', 'ms')),
		longest: add(row('B4a', '… longest main-thread task', 'ms', [atMost(200, 'ms')])),
		blocked: add(row('B4a', '… main thread blocked (TBT)', 'ms')),
		longestFrame: add(row('B4a', '… longest frame', 'ms'))
	};
	await inTurn(sides, counts, flood, (side, value) => {
		for (const [name, row] of Object.entries(rows))
			row[side.key].push(value[/** @type {keyof typeof rows} */ (name)]);
	});
	const endless = {
		done: add(row('B4d', 'endless flood: click on Interrupt to `[n]`', 'ms', [atMost(500, 'ms')])),
		longest: add(row('B4d', '… longest main-thread task', 'ms', [atMost(200, 'ms')]))
	};
	await inTurn(sides, counts, interrupt, (side, value) => {
		endless.done[side.key].push(value.done);
		endless.longest[side.key].push(value.longest);
	});
}

/** @param {import('./side.mjs').Side} side */
async function flood(side) {
	const page = await open(side);
	await write(page, side, 0, LINES);
	await takeTasks(page);
	const wanted = {
		cell: 0,
		event: /** @type {const} */ ('keydown'),
		text: 'THE_END',
		frames: true,
		limit: LIMIT
	};
	const times = await clocked(page, wanted, () => pressRun(page));
	await wait(500);
	const tasks = await takeTasks(page);
	await page.close();
	return { ...times, ...sum(tasks) };
}

/** The mouse is used directly: a page that is stuck cannot be asked where its button is. @param {import('./side.mjs').Side} side */
async function interrupt(side) {
	const page = await open(side);
	await write(page, side, 0, ENDLESS);
	await takeTasks(page);
	await pressRun(page);
	const button = page.locator(side.interruptButton).first();
	await button.scrollIntoViewIfNeeded();
	const box = await button.boundingBox();
	if (!box) throw new Error(`${side.name} shows no button to interrupt.`);
	await wait(3000);
	const wanted = {
		cell: 0,
		event: /** @type {const} */ ('click'),
		text: null,
		frames: false,
		limit: STUCK
	};
	const click = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
	const measured = clocked(page, wanted, click).then(async ({ done }) => ({
		done,
		...sum(await takeTasks(page))
	}));
	const stuck = { done: Infinity, longest: Infinity, blocked: Infinity };
	const result = await Promise.race([measured.catch(() => stuck), wait(STUCK + 5000, stuck)]);
	await page.close();
	return result;
}

/** @param {readonly number[]} tasks */
function sum(tasks) {
	return {
		longest: Math.max(0, ...tasks),
		blocked: tasks.reduce((total, task) => total + task - 50, 0)
	};
}
