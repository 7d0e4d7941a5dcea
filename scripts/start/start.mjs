/**
 * Keeps the app running: the web process, started again when it crashes, until Ctrl-C. Then the web
 * process is stopped first and the kernel host after it. However often the web process ends, kernels
 * are not ended for it: they have everybody's work in them. Only one that never came up is given up.
 */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { onStop } from '../setup/child.mjs';
import { isAlive } from '../setup/lock.mjs';
import { say } from '../setup/say.mjs';
import {
	inWords,
	notRunning,
	webIsTriedAgain,
	webKeepsStopping,
	webSilent
} from '../setup/trouble.mjs';
import { askedAddress, listen, ownAddress, tellReady } from './addresses.mjs';
import { hostRuns, stopHost } from './host.mjs';
import {
	dataFolder,
	forgetInstance,
	notedInstance,
	noteInstance,
	runningInstance
} from './instance.mjs';
import { otherAddress, ownerOf, TAKEN } from './owner.mjs';
import { freePort } from './port.mjs';
import { folderTaken, runsOtherwise } from './trouble.mjs';
import { answers, ANSWER_SECONDS, startWeb, stopWeb, webLog } from './web.mjs';

const CRASHES = 5;
const CRASH_WINDOW_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;

/** @typedef {import('./web.mjs').About} About */

/**
 * @param {string} root @param {import('./options.mjs').Options} options
 * @param {import('./walls.mjs').Walls} walls @returns {Promise<number>}
 */
export async function start(root, { port: wanted, host, origin, open }, walls) {
	const port = await freePort(host, wanted);
	if (port !== wanted) say(`Port ${wanted} is used by another program, so this is port ${port}.`);
	const url = origin ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
	return keepRunning({ root, data: dataFolder(root), port, host, url, walls }, open);
}

/**
 * Never twice from one folder: a fresh address for the one that runs is what was wanted.
 * @param {string} root @param {import('./options.mjs').Options} options
 */
export async function tellIfRunning(root, { open, isClass, walls }) {
	const data = dataFolder(root);
	const there = await runningInstance(data);
	if (there === null) return false;
	if ((isClass && !there.isClass) || (walls && !there.walls))
		throw runsOtherwise(there.isClass ?? false, there.walls ?? false);
	tellRunning({ data, url: there.url, isClass: there.isClass ?? false }, open);
	return true;
}

/** @param {import('./addresses.mjs').Place} place @param {boolean} open */
function tellRunning(place, open) {
	const address = ownAddress(place);
	say('\nTuning Fork is already running from this folder. Open this address in your browser:');
	say(`\n  ${address}${place.isClass ? '   (for you, who teach)' : ''}\n`);
	if (open) show(address);
}

/** @param {About} about @param {boolean} open */
async function keepRunning(about, open) {
	/** @type {Promise<'stop'>} */
	const asked = new Promise((resolve) => onStop(() => resolve('stop')));
	// A host that is there already has somebody's kernels in it.
	let hasKernels = hostRuns(about.data);
	let isTaken = false;
	try {
		isTaken = await untilEnd(
			about,
			asked,
			() => hasKernels,
			once(() => {
				hasKernels = true;
				tellAddress(about, open);
			})
		);
		if (isTaken) await tellTaken(about.data, open);
		hasKernels = false;
		return 0;
	} finally {
		if (hasKernels) say('\nRunning cells go on. “npm run stop” ends them.');
		// The host is the other one's.
		else if (!isTaken) await stopHost(about.data);
		forgetInstance(about.data, process.pid);
	}
}

/** Both were begun at the same moment, and the other one was first. @param {string} data @param {boolean} open */
async function tellTaken(data, open) {
	const url = await otherAddress(data);
	if (url === null) throw folderTaken();
	tellRunning({ data, url, isClass: notedInstance(data)?.isClass ?? false }, open);
}

/**
 * Returns when the end was asked for, and whether another one has the data folder; throws when there is no use
 * in going on.
 * @param {About} about @param {Promise<'stop'>} asked @param {() => boolean} hasKernels @param {() => void} ready
 */
async function untilEnd(about, asked, hasKernels, ready) {
	/** @type {number[]} */
	let crashes = [];
	for (let inRow = 1; ; inRow += 1) {
		const began = Date.now();
		const web = startWeb(about);
		if (ownerOf(about.data) === null) note(about, web);
		const end = await live(about, web, asked, { ready, hasKernels });
		if (end === TAKEN) return true;
		if (end === 'stop') return stopInWords(web);
		if (Date.now() - began > CRASH_WINDOW_MS) inRow = 1;
		crashes = [...crashes.filter((at) => at > Date.now() - CRASH_WINDOW_MS), Date.now()];
		const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** (inRow - 1));
		tellCrash({ about, end, lines: web.lines, inRow, crashes: crashes.length, hasKernels, pause });
		await Promise.race([wait(pause), asked]);
	}
}

/**
 * @param {{ about: About, end: string, lines: readonly string[], inRow: number, crashes: number,
 *   hasKernels: () => boolean, pause: number }} crash
 */
function tellCrash({ about, end, lines, inRow, crashes, hasKernels, pause }) {
	if (crashes >= CRASHES && !hasKernels()) throw webKeepsStopping(lines, webLog(about.data));
	say(`\nThe app ended unexpectedly (${end}). Starting it again; running cells are not affected.`);
	if (inRow === CRASHES) say(inWords(webIsTriedAgain(lines, webLog(about.data), pause / 1000)));
}

/** @param {About} about @param {import('./web.mjs').Web} web */
function note(about, web) {
	try {
		noteInstance(about.data, {
			pid: web.child.pid ?? 0,
			keeper: process.pid,
			port: about.port,
			url: about.url,
			isClass: about.walls.isClass,
			walls: about.walls.on
		});
	} catch (error) {
		// A full disk ends nobody's work; only “npm run address” does not find this one.
		say(
			`\nIt could not be noted where the app runs: ${error instanceof Error ? error.message : error}`
		);
	}
}

/**
 * From the start of one web process to its end.
 * @param {About} about @param {import('./web.mjs').Web} web @param {Promise<'stop'>} asked
 * @param {{ ready: () => void, hasKernels: () => boolean }} then
 */
async function live(about, web, asked, { ready, hasKernels }) {
	const first = await Promise.race([answers(about, web), asked]);
	if (first === true) {
		// Whoever noted itself meanwhile did so in vain.
		note(about, web);
		ready();
	} else if (first === false && isAlive(web.child.pid ?? 0)) {
		await stopWeb(web);
		if (!hasKernels()) throw webSilent(about.url, ANSWER_SECONDS, web.lines);
		return `no answer within ${ANSWER_SECONDS} seconds`;
	}
	return Promise.race([asked, web.ended]);
}

/** @param {import('./web.mjs').Web} web */
async function stopInWords(web) {
	say('\nStopping. Your work is saved.');
	await stopWeb(web);
	return false;
}

/** @param {About} about @param {boolean} open */
function tellAddress({ data, url, walls }, open) {
	const place = { data, url, isClass: walls.isClass };
	const address = tellReady(place);
	if (open) show(address);
	listen(place);
}

/** Shows an address in this computer's browser. @param {string} address */
function show(address) {
	const command =
		{ darwin: 'open', win32: 'explorer' }[/** @type {'darwin'} */ (process.platform)] ?? 'xdg-open';
	const child = spawn(command, [address], { stdio: 'ignore', detached: true });
	child.on('error', () => say('No browser could be opened from here; copy the address instead.'));
	child.unref();
}

/** @param {string} root @param {readonly string[]} args @returns {Promise<number>} */
export async function address(root, args) {
	const data = dataFolder(root);
	const there = await runningInstance(data);
	if (there === null) throw notRunning();
	say(askedAddress({ data, url: there.url, isClass: there.isClass ?? false }, args));
	return 0;
}

/** Ends an instance that runs without its terminal. @param {string} root @returns {Promise<number>} */
export async function stop(root) {
	const data = dataFolder(root);
	const there = notedInstance(data);
	for (const pid of there === null ? [] : [there.keeper, there.pid]) await end(pid);
	await stopHost(data);
	forgetInstance(data);
	say(there === null ? 'Tuning Fork was not running.' : 'Stopped. Your work is saved.');
	return 0;
}

/** @param {number} pid */
async function end(pid) {
	if (!isAlive(pid)) return;
	process.kill(pid, 'SIGTERM');
	for (let waited = 0; waited < 20_000 && isAlive(pid); waited += 100) await wait(100);
}

/** @param {() => void} work @returns {() => void} */
function once(work) {
	let done = false;
	return () => {
		if (!done) work();
		done = true;
	};
}
