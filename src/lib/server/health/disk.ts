/** Room on the disk, and what the data folder takes of it. */
import type { Dirent } from 'node:fs';
import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFacts } from '$lib/protocol/health';

/** Files are counted again after so long, or after so many times what the counting took. Milliseconds. */
const COUNT_EVERY = 5 * 60 * 1000;
const REST = 50;

export class Disk {
	readonly #folder: string;
	#data: number | null = null;
	#countAgain = 0;

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** What there is. Counting the files goes on by itself: the first answers do not have it. */
	async look(): Promise<DiskFacts> {
		if (Date.now() >= this.#countAgain) void this.#count();
		try {
			const { bavail, blocks, bsize } = await statfs(this.#folder);
			return { free: bavail * bsize, total: blocks * bsize, data: this.#data };
		} catch {
			// The folder is gone, or this system does not tell: then it is not known.
			return { free: null, total: null, data: this.#data };
		}
	}

	async #count(): Promise<void> {
		this.#countAgain = Infinity;
		const began = Date.now();
		this.#data = await sizeOf(this.#folder).catch(report);
		const took = Date.now() - began;
		this.#countAgain = Date.now() + Math.max(COUNT_EVERY, took * REST);
	}
}

/** A folder that cannot be read through makes no number, and no other harm. */
function report(error: unknown): null {
	console.error('The files of the data folder could not be counted:', error);
	return null;
}

/** Bytes in all files below a folder. Links are not followed; what vanishes meanwhile counts nothing. */
export async function sizeOf(folder: string): Promise<number> {
	let sum = 0;
	for await (const entry of entriesOf(folder)) {
		const path = join(folder, entry.name);
		sum += entry.isDirectory() ? await sizeOf(path) : await fileSize(path);
	}
	return sum;
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
	try {
		yield* await opendir(folder);
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}

async function fileSize(path: string): Promise<number> {
	try {
		return (await lstat(path)).size;
	} catch (error) {
		if (isGone(error)) return 0;
		throw error;
	}
}

/** Removed meanwhile, or closed to us: a learner may close a folder of their own. */
function isGone(error: unknown): boolean {
	if (!(error instanceof Error) || !('code' in error)) return false;
	return ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(String(error.code));
}
