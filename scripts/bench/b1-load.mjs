/**
 * B1: from an address to a cell that can be edited: to the frame that shows what a real key has typed
 * there. What it typed must be what a run then runs, or the sample is refused. The kernel runs already, as for
 * anyone who comes back.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { editorAt, firstPaintAt, inspect, takeTasks } from './browser.mjs';
import { atMost, fasterBy, row } from './rows.mjs';
import { inTurn, newPage } from './side.mjs';
import { checkRun, typeAtOnce } from './typing.mjs';

/** @typedef {'cold' | 'warm' | 'slow'} Way */

/** @param {import('./run.mjs').Bench} bench */
export async function measureLoad({ sides, samples, quick, add }) {
	const kept = {
		editable: add(
			row('B1', 'cold load to an editable cell', 'ms', [atMost(1000, 'ms'), fasterBy(5)])
		),
		painted: add(row('B1', 'cold load to first paint', 'ms')),
		editor: add(row('B1', 'cold load to the whole editor', 'ms')),
		scripts: add(row('B1', 'JavaScript over the wire', 'kB', [atMost(350, 'kB')])),
		all: add(row('B1', 'everything over the wire', 'kB')),
		requests: add(row('B1', 'requests', '')),
		blocked: add(row('B1', 'main thread blocked while loading (TBT)', 'ms'))
	};
	await inTurn(sides, counts(samples, quick), load('cold'), (side, value) => {
		for (const [name, row] of Object.entries(kept))
			row[side.key].push(value[/** @type {keyof typeof kept} */ (name)]);
	});
	if (quick) return;
	for (const [way, what] of /** @type {const} */ ([
		['warm', 'the same with a warm cache'],
		['slow', 'cold, processor 4× slower, 10 Mbit/s, 20 ms']
	])) {
		const again = add(row('B1', what, 'ms'));
		await inTurn(sides, counts(samples, quick), load(way), (side, value) =>
			again[side.key].push(value.editable)
		);
	}
}

/** @param {number} samples @param {boolean} quick */
const counts = (samples, quick) => ({ samples, warmUps: quick ? 0 : 1 });

/** @param {Way} way @returns {(side: import('./side.mjs').Side) => Promise<Record<'editable' | 'editor' | 'painted' | 'scripts' | 'all' | 'requests' | 'blocked', number>>} */
const load = (way) => async (side) => {
	await side.reset();
	const page = await newPage(side);
	const inspector = await inspect(page);
	const typed = await typeAtOnce(page, inspector);
	const traffic = await watchTraffic(inspector, way !== 'warm');
	if (way === 'slow') await slowDown(inspector);
	await page.goto(side.address, { waitUntil: 'commit', timeout: 120_000 });
	const editable = await typed();
	const editor = await editorAt(page);
	await wait(3000);
	const painted = await firstPaintAt(page);
	const blocked = (await takeTasks(page)).reduce((sum, task) => sum + task - 50, 0);
	const carried = traffic();
	await checkRun(page, side);
	await page.close();
	return { editable, editor, painted, blocked, ...carried };
};

/** @param {import('./browser.mjs').Inspector} inspector @param {boolean} isCold */
async function watchTraffic(inspector, isCold) {
	await inspector.send('Network.enable');
	await inspector.send('Network.setCacheDisabled', { cacheDisabled: isCold });
	/** @type {Set<string>} */
	const isScript = new Set();
	let [scripts, all, requests] = [0, 0, 0];
	inspector.on('Network.responseReceived', ({ requestId, type, response }) => {
		if (type === 'Script' || /javascript/.test(response.mimeType)) isScript.add(requestId);
	});
	inspector.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		requests += 1;
		all += encodedDataLength / 1000;
		if (isScript.has(requestId)) scripts += encodedDataLength / 1000;
	});
	return () => ({ scripts, all, requests });
}

/** @param {import('./browser.mjs').Inspector} inspector */
async function slowDown(inspector) {
	const throughput = 10_000_000 / 8;
	await inspector.send('Emulation.setCPUThrottlingRate', { rate: 4 });
	await inspector.send('Network.emulateNetworkConditions', {
		offline: false,
		latency: 20,
		downloadThroughput: throughput,
		uploadThroughput: throughput
	});
}
