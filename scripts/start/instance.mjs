/** The running installation: what `web.json` says, and whether it is still true. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isAlive } from '../setup/lock.mjs';

/**
 * @typedef {object} Instance
 * @property {number} pid the web process; should its keeper be killed, it is still found
 * @property {number} keeper the `npm start` that starts it again when it crashes
 * @property {number} port
 * @property {string} url
 * @property {boolean} [isClass]
 * @property {boolean} [walls]
 */

/** @param {string} root */
export function dataFolder(root) {
	return resolve(process.env['TUNINGFORK_DATA'] || join(root, 'data'));
}

/** @param {string} data */
function file(data) {
	return join(data, 'run', 'web.json');
}

/** What was noted last, if its web process or its keeper is alive. @param {string} data @returns {Instance | null} */
export function notedInstance(data) {
	const noted = read(file(data));
	if (noted === null) return null;
	return isAlive(noted.pid) || isAlive(noted.keeper) ? noted : null;
}

/** The instance that runs on this data folder and answers, if there is one. @param {string} data @returns {Promise<Instance | null>} */
export async function runningInstance(data) {
	const noted = notedInstance(data);
	if (noted === null) return null;
	return (await isAnswering(noted.url)) ? noted : null;
}

/** @param {string} data @param {Instance} instance */
export function noteInstance(data, instance) {
	mkdirSync(join(data, 'run'), { recursive: true, mode: 0o700 });
	const fresh = `${file(data)}.${process.pid}`;
	writeFileSync(fresh, JSON.stringify(instance), { mode: 0o600 });
	renameSync(fresh, file(data));
}

/** Unless another keeper has noted its own meanwhile. @param {string} data @param {number} [keeper] whose note it is; nobody named: whosever */
export function forgetInstance(data, keeper) {
	if (keeper === undefined || read(file(data))?.keeper === keeper)
		rmSync(file(data), { force: true });
}

/** @param {string} url */
export async function isAnswering(url) {
	try {
		const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) });
		return answer.ok && (await answer.text()) === 'ok';
	} catch {
		// Refused, reset or silent: each means "not yet" or "no more".
		return false;
	}
}

/** @param {string} path @returns {Instance | null} */
function read(path) {
	try {
		const { pid, keeper, port, url, isClass, walls } = JSON.parse(readFileSync(path, 'utf8'));
		return {
			pid,
			keeper: keeper ?? pid,
			port,
			url,
			isClass: isClass === true,
			walls: walls === true
		};
	} catch {
		// Missing, or half of it was written by a machine that lost power: there is no instance.
		return null;
	}
}
