/** One set-up at a time in one folder: the second waits for the first instead of working against it. */
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';
import { setupBusy } from './trouble.mjs';

const LONGEST_MS = 30 * 60_000;

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
		const holder = holderOf(file);
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

/** @param {number} pid */
export function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}
