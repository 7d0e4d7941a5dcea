/** B7: a line a second, and a reload in the middle. How many lines are missing at the end? */
import { setTimeout as wait } from 'node:timers/promises';
import { allText, editorAt } from './browser.mjs';
import { atMost, row } from './rows.mjs';
import { open, pressRun, write } from './side.mjs';

/** @param {import('./run.mjs').Bench} bench */
export async function measureReload({ sides, samples, quick, add }) {
	const lines = quick ? 10 : 30;
	const lost = add(row('B7', `lines lost over a reload (of ${lines})`, '', [atMost(0, '')]));
	for (let sample = 0; sample < samples; sample += 1) {
		// Nothing is timed here, so both run at once.
		const missing = await Promise.all(sides.map((side) => reload(side, lines)));
		sides.forEach((side, at) => lost[side.key].push(missing[at] ?? Number.NaN));
	}
}

/** @param {import('./side.mjs').Side} side @param {number} lines */
async function reload(side, lines) {
	const page = await open(side);
	const code = `import time\nfor number in range(${lines}):\n    print("tick", number, flush=True)\n    time.sleep(1)`;
	await write(page, side, 0, code);
	await pressRun(page);
	await wait((lines / 3) * 1000);
	await side.save(page);
	await wait(500);
	await page.reload({ waitUntil: 'commit' });
	await editorAt(page);
	await wait((lines * (2 / 3) + 5) * 1000);
	const shown = new Set((await allText(page, 0)).match(/tick \d+/g) ?? []);
	await page.close();
	return lines - shown.size;
}
