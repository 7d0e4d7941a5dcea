/** One set-up at a time in one folder: the second waits for the first instead of working against it. */
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStopping } from './child.mjs';
import { say } from './say.mjs';
import { setupBusy, stopped } from './trouble.mjs';

const LONGEST_MS = 30 * 60_000;
const WRITTEN_MS = 2000;

/** @param {string} file @param {() => Promise<void>} work */
export async function holding(file, work) {
	await take(file);
	const release = () => rmSync(file, { force: true });
	process.once('exit', release);
	try {
		await work();
	} finally {
		release();
		process.removeListener('exit', release);
	}
}

/** @param {string} file */
async function take(file) {
	mkdirSync(dirname(file), { recursive: true });
	const started = Date.now();
	for (let told = false; !tryTake(file); await sleep(500)) {
		if (isStopping()) throw stopped('wait for another set-up in this folder');
		const holder = holderOf(file);
		// A lock without a name in it is being written this moment.
		if (holder === null && ageOf(file) < WRITTEN_MS) continue;
		if (holder === null || !isAlive(holder)) {
			rmSync(file, { force: true });
			continue;
		}
		if (!told) say(`Another set-up is running in this folder (process ${holder}). Waiting for it.`);
		told = true;
		if (Date.now() - started > LONGEST_MS) throw setupBusy(file, holder);
	}
}

/** @param {string} file */
function tryTake(file) {
	try {
		const handle = openSync(file, 'wx');
		writeSync(handle, String(process.pid));
		closeSync(handle);
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
		throw error;
	}
}

/** @param {string} file */
function holderOf(file) {
	try {
		return Number(readFileSync(file, 'utf8')) || null;
	} catch {
		return null;
	}
}

/** @param {string} file */
function ageOf(file) {
	return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/** @param {number} pid */
export function isAlive(pid) {
	// 0 and below mean whole groups, this program among them.
	if (!(pid > 0)) return false;
	try {
		process.kill(pid, 0);
		return !isZombie(pid);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

/**
 * It has ended, and its parent has not asked how: in a container without an init process, for ever.
 * @param {number} pid
 */
function isZombie(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
	} catch {
		// No /proc on this system, or it is gone by now: then the next question finds out.
		return false;
	}
}
