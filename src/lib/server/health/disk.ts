/** Room on the disk, and what the data folder takes of it. */
import { statfs } from 'node:fs/promises';
import type { DiskFacts } from '$lib/protocol/health';
import { sizeOf } from './size';

/** Files are counted again after so long, or after so many times what the counting took. Milliseconds. */
const COUNT_EVERY = 5 * 60 * 1000;
const REST = 50;

export class Disk {
	readonly #folder: string;
	#data: number | null = null;
	#left = 0;
	#countAgain = 0;

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** What there is. Counting the files goes on by itself: the first answers do not have it. */
	async look(): Promise<DiskFacts> {
		if (Date.now() >= this.#countAgain) void this.#count();
		const counted = { data: this.#data, left: this.#left };
		try {
			const { bavail, blocks, bsize } = await statfs(this.#folder);
			return { free: bavail * bsize, total: blocks * bsize, ...counted };
		} catch {
			// The folder is gone, or this system does not tell: then it is not known.
			return { free: null, total: null, ...counted };
		}
	}

	async #count(): Promise<void> {
		this.#countAgain = Infinity;
		const began = Date.now();
		const { bytes, left } = await sizeOf(this.#folder);
		this.#data = bytes;
		this.#left = left;
		const took = Date.now() - began;
		this.#countAgain = Date.now() + Math.max(COUNT_EVERY, took * REST);
	}
}
