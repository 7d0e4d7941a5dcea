/**
 * How much lies in a folder in which learners make what they like: folders thousands deep, millions of
 * files, names that are no text, modes that let nobody in. What cannot be looked at is counted as
 * such; nothing in there makes this fail, or keeps it for long.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';

/** How far it is looked. Below that depth a path is longer than the system takes. */
export interface Bounds {
	readonly depth: number;
	readonly entries: number;
	/** Milliseconds. */
	readonly time: number;
}

const BOUNDS: Bounds = { depth: 60, entries: 300_000, time: 60_000 };

export interface Size {
	/** Of the files that were counted. */
	readonly bytes: number;
	/** Folders and files that were not: closed, too deep, or more than there was time for. */
	readonly left: number;
}

/** A place by the bytes of its name, each as one letter: a name need not be text. */
interface Place {
	readonly name: string;
	readonly depth: number;
}

/** Bytes in all files below a folder. Links are not followed; what vanishes meanwhile counts nothing. */
export async function sizeOf(folder: string, bounds: Bounds = BOUNDS): Promise<Size> {
	const count = new Count(bounds);
	// What lies high comes first: who builds a deep tree hides nobody else's files.
	const places: Place[] = [{ name: Buffer.from(folder).toString('latin1'), depth: 0 }];
	for (let at = 0; at < places.length; at += 1) {
		const place = places[at];
		if (!place) break;
		if (count.isOver) return { bytes: count.bytes, left: count.left + places.length - at };
		await count.folder(place, places);
	}
	return { bytes: count.bytes, left: count.left };
}

class Count {
	bytes = 0;
	left = 0;
	readonly #bounds: Bounds;
	readonly #until: number;
	#entries = 0;

	constructor(bounds: Bounds) {
		this.#bounds = bounds;
		this.#until = performance.now() + bounds.time;
	}

	get isOver(): boolean {
		return this.#entries >= this.#bounds.entries || performance.now() > this.#until;
	}

	/** @param below where the folders in it are put */
	async folder(place: Place, below: Place[]): Promise<void> {
		try {
			for await (const entry of await opendir(path(place.name), { encoding: 'latin1' })) {
				this.#entries += 1;
				await this.#entry(entry, place, below);
				if (!this.isOver) continue;
				this.left += 1;
				return;
			}
		} catch (error) {
			this.#note(error);
		}
	}

	async #entry(entry: Dirent, { name, depth }: Place, below: Place[]): Promise<void> {
		const inside = { name: `${name}/${entry.name}`, depth: depth + 1 };
		if (!entry.isDirectory()) this.bytes += await this.#file(inside.name);
		else if (inside.depth <= this.#bounds.depth) below.push(inside);
		else this.left += 1;
	}

	async #file(name: string): Promise<number> {
		try {
			return (await lstat(path(name))).size;
		} catch (error) {
			this.#note(error);
			return 0;
		}
	}

	#note(error: unknown): void {
		if (!(error instanceof Error)) throw error;
		const isGone = 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
		if (!isGone) this.left += 1;
	}
}

function path(name: string): Buffer {
	return Buffer.from(name, 'latin1');
}
