/** The log of the web process: bounded, so that nothing which is printed again and again fills the disk. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Then it becomes web.log.1, in the place of the one before. Bytes. */
const LARGEST = 5_000_000;
const LONGEST_LINE = 4000;

/** @typedef {{ write(line: string): void, close(): void }} Log */

/** @param {string} file @param {number} [largest] @returns {Log} */
export function openLog(file, largest = LARGEST) {
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	/** @type {number | null} */
	let handle = null;
	let size = 0;
	const open = () => {
		handle = openSync(file, 'a', 0o600);
		size = fstatSync(handle).size;
	};
	const close = () => {
		if (handle !== null) closeSync(handle);
		handle = null;
	};
	/** @param {string} line */
	const write = (line) => {
		if (handle === null) open();
		size += writeSync(handle ?? 1, `${line.slice(0, LONGEST_LINE)}\n`);
		if (size < largest) return;
		close();
		renameSync(file, `${file}.1`);
	};
	return { write: (line) => unlessFull(() => write(line)), close };
}

/** A full disk must not end the app for want of a log. @param {() => void} work */
function unlessFull(work) {
	try {
		work();
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : null;
		if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
	}
}
