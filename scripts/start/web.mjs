/** The web process: begun, waited for, ended. Its errors are shown; all it prints goes to a log. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { say } from '../setup/say.mjs';
import { isAnswering } from './instance.mjs';
import { openLog } from './log.mjs';
import { ownerOf } from './owner.mjs';

export const ANSWER_SECONDS = 60;
const KEEP_LINES = 20;
const STOP_MS = 6000;

/** @typedef {{ root: string, data: string, host: string, port: number, url: string, walls: import('./walls.mjs').Walls }} About */
/** @typedef {ReturnType<typeof startWeb>} Web */

/** @param {About} about */
export function startWeb(about) {
	const child = spawn(process.execPath, [join(about.root, 'build', 'index.js')], {
		cwd: about.root,
		// A group of its own: Ctrl-C in the terminal reaches this process only, which stops in order.
		detached: process.platform !== 'win32',
		stdio: ['ignore', 'pipe', 'pipe'],
		env: webEnvironment(about)
	});
	/** @type {string[]} */
	const lines = [];
	const log = openLog(webLog(about.data));
	const keep = (/** @type {string} */ line) => {
		log.write(line);
		lines.push(line);
		if (lines.length > KEEP_LINES) lines.shift();
	};
	createInterface({ input: child.stdout }).on('line', keep);
	createInterface({ input: child.stderr }).on('line', (line) => {
		keep(line);
		say(line);
	});
	/** @type {Promise<string>} */
	const ended = new Promise((resolve) => {
		child.on('error', (error) => resolve(error.message));
		child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
	});
	void ended.then(() => log.close());
	return { child, ended, lines };
}

/** @param {About} about */
function webEnvironment({ root, data, host, port, url, walls }) {
	return {
		...process.env,
		NODE_ENV: 'production',
		HOST: host,
		PORT: String(port),
		ORIGIN: url,
		SHUTDOWN_TIMEOUT: '3',
		BODY_SIZE_LIMIT: '16M',
		TUNINGFORK_ROOT: root,
		TUNINGFORK_DATA: data,
		TUNINGFORK_WALLS: walls.on ? '1' : '0',
		TUNINGFORK_CLASS: walls.isClass ? '1' : '0',
		TUNINGFORK_WALLS_TIER: walls.tier ?? '',
		TUNINGFORK_WALLS_WAIVED: walls.isWaived ? '1' : '0',
		// Without these words the host refuses walls that do not hold: kernel/host/walls/rooms.py.
		...(walls.isWeak && { TUNINGFORK_WALLS_ANYWAY: 'these walls do not hold' })
	};
}

/** @param {string} data */
export function webLog(data) {
	return join(data, 'run', 'web.log');
}

/** True as soon as it answers, and no other one in its place; false when it ended or the time is over. @param {About} about @param {Web} web */
export async function answers({ url, data }, web) {
	let over = false;
	void web.ended.then(() => (over = true));
	for (
		const until = Date.now() + ANSWER_SECONDS * 1000;
		Date.now() < until && !over;
		await wait(50)
	) {
		const isOurs = (ownerOf(data)?.pid ?? web.child.pid) === web.child.pid;
		if (isOurs && (await isAnswering(url))) return true;
	}
	return false;
}

/** @param {Web} web */
export async function stopWeb({ child, ended }) {
	child.kill('SIGTERM');
	const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
	await ended;
	clearTimeout(late);
}
