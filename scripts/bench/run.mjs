/**
 * `npm run bench`: Tuning Fork beside JupyterLab, on the same machine, in the same run, on the same
 * kernelspec and Python. Prints a table; a full run also writes it to docs/benchmarks.md.
 *
 * It starts both servers and the browser itself and ends them again, however it ends.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { measureLoad } from './b1-load.mjs';
import { measureRoundTrip } from './b3-round-trip.mjs';
import { measureFlood } from './b4-flood.mjs';
import { measureChart } from './b5-chart.mjs';
import { measureReload } from './b7-reload.mjs';
import { launch } from './browser.mjs';
import { startLab } from './lab.mjs';
import { loadNow, machineInWords, waitForQuiet } from './machine.mjs';
import { readOptions } from './options.mjs';
import { startOurs } from './ours.mjs';
import { toPage, toTable, withSections } from './page.mjs';
import { open } from './side.mjs';
import { BenchFailure } from './words.mjs';

/**
 * @typedef {object} Bench what a procedure is given
 * @property {string} root
 * @property {readonly import('./side.mjs').Side[]} sides
 * @property {number} samples
 * @property {boolean} quick
 * @property {(row: import('./rows.mjs').Row) => import('./rows.mjs').Row} add to the table
 */

const ROOT = resolve(import.meta.dirname, '../..');
const PROCEDURES = /** @type {const} */ ([
	['b1', 'loading the page', measureLoad],
	['b3', 'the round trip of 1+1', measureRoundTrip],
	['b4', 'floods of output', measureFlood],
	['b5', 'live charts', measureChart],
	['b7', 'a reload in the middle', measureReload]
]);

/** What ends what was started, newest last. @type {(() => Promise<void>)[]} */
const stops = [];

async function stopAll() {
	for (const stop of stops.splice(0).reverse()) await stop();
}

/** @param {import('./options.mjs').Options} options */
async function bench({ only, samples, quick }) {
	if (!quick) await waitForQuiet();
	const browser = await launch();
	stops.push(() => browser.close());
	const ours = await startOurs(ROOT, browser);
	stops.push(ours.stop);
	const lab = await startLab(ROOT, browser);
	stops.push(lab.stop);
	const sides = [ours, lab];
	await warm(sides);
	/** @type {import('./rows.mjs').Row[]} */
	const rows = [];
	const loads = [];
	const add = (/** @type {import('./rows.mjs').Row} */ row) => (rows.push(row), row);
	for (const [id, name, measure] of PROCEDURES) {
		if (only.length > 0 && !only.includes(id)) continue;
		loads.push(`${id.toUpperCase()} ${loadNow().toFixed(1)}`);
		console.log(`Measuring ${name} (${loads.at(-1)} is the load average) …`);
		await measure({ root: ROOT, sides, samples, quick, add });
	}
	const facts = { rows, loads, samples, machine: machineInWords(ROOT, browser.version()) };
	console.log(`\n${facts.machine.join('\n')}\nLoad average before each: ${loads.join(', ')}\n`);
	console.log(toTable(rows));
	if (quick || only.length > 0) return;
	const file = join(ROOT, 'docs', 'benchmarks.md');
	const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
	writeFileSync(file, withSections(toPage(facts), before));
	console.log('\nWritten to docs/benchmarks.md.');
}

/** Both kernels run and have loaded the same library, which the app does by itself. @param {readonly import('./side.mjs').Side[]} sides */
async function warm(sides) {
	for (const side of sides) await (await open(side)).close();
	const lab = await sides.find(({ key }) => key === 'lab')?.connect();
	await lab?.run('import tuningfork.preload');
	lab?.close();
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
	process.once(signal, () => {
		console.log(`Stopping (${signal}); nothing is written.`);
		void stopAll().finally(() => process.exit(130));
	});

try {
	await bench(readOptions(process.argv.slice(2)));
} catch (error) {
	if (!(error instanceof BenchFailure)) throw error;
	console.error(error.message);
	process.exitCode = 1;
} finally {
	await stopAll();
}
