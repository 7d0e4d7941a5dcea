/** B3: `1+1` in place, from the key to the painted result; and the same without a browser. */
import { setTimeout as wait } from 'node:timers/promises';
import { clocked } from './browser.mjs';
import { kernelAlone } from './floors.mjs';
import { atMost, fasterBy, row } from './rows.mjs';
import { inTurn, open, pressRun, write } from './side.mjs';

const CODE = '1+1';
const TURN = 5;
const DROPPED = 2;
const WANTED = {
	cell: 0,
	event: /** @type {const} */ ('keydown'),
	text: '2',
	frames: false,
	limit: 10_000
};
const TARGETS = [atMost(30, 'ms'), fasterBy(3)];

/** How long the learner waits before running the next cell, milliseconds. */
const PACES = /** @type {const} */ ([
	['a moment apart', 500],
	['at once after the last', 0]
]);

/** @param {import('./run.mjs').Bench} bench */
export async function measureRoundTrip(bench) {
	const { sides, samples, quick, add } = bench;
	const paces = PACES.map(([words, pause]) => ({
		pause,
		output: add(row('B3', `\`1+1\`, ${words}: key to painted result`, 'ms', TARGETS)),
		count: add(row('B3', '… to painted counter `[n]`', 'ms'))
	}));
	const runTurn = (/** @type {import('./side.mjs').Side} */ side) => turn(side);
	await inTurn(sides, { samples, warmUps: quick ? 0 : 1 }, runTurn, (side, times) => {
		paces.forEach(({ pause, output, count }) => {
			const kept = times.get(pause) ?? [];
			output[side.key].push(...kept.map(({ last }) => last));
			count[side.key].push(...kept.map(({ done }) => done));
		});
	});
	await measureFloors(bench);
}

/** A page of its own, so that nothing but what is measured is drawn. @param {import('./side.mjs').Side} side */
async function turn(side) {
	const page = await open(side);
	await write(page, side, 0, CODE);
	/** @type {Map<number, import('./browser.mjs').Clocked[]>} */
	const times = new Map();
	for (const [, pause] of PACES) {
		const all = [];
		for (let run = 0; run < DROPPED + TURN; run += 1) {
			await wait(pause);
			all.push(await clocked(page, WANTED, () => pressRun(page)));
		}
		times.set(pause, all.slice(DROPPED));
	}
	await page.close();
	return times;
}

/** @param {import('./run.mjs').Bench} bench */
async function measureFloors({ root, sides, samples, add }) {
	const server = add(row('B3', '`1+1` from Node, without a browser: kernel and server', 'ms'));
	const alone = add(row('B3', '`1+1` over ZMQ, without a server: the kernel by itself', 'ms'));
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
		await wait(500);
		times.push(await line.run(CODE));
	}
	return times;
}
