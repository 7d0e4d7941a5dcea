/**
 * Puts what SQLite has committed on the disk, beside the process's other work.
 *
 * With `synchronous=NORMAL` a commit in WAL mode is a write to the log without waiting for the disk:
 * it outlives the process, but not a power cut. Putting the log on the disk afterwards makes it
 * outlive that as well, in the same order, and nobody else waits meanwhile. With `synchronous=FULL`
 * SQLite does the same on the spot, and all learners wait for each commit of one.
 */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

export class Disk {
	readonly #log: string;
	readonly #sync: typeof sync;
	#present: Promise<void> | null = null;
	#next: Promise<void> | null = null;
	#isListed = false;

	/** @param file of the database, opened in WAL mode */
	constructor(file: string, put = sync) {
		this.#log = `${file}-wal`;
		this.#sync = put;
	}

	/** Resolves when everything that was committed before is on the disk. @throws what the system says */
	settle(): Promise<void> {
		if (!this.#present) return this.#begin();
		// The one under way may have begun before the last commit. One more is enough for all who ask.
		this.#next ??= this.#present.then(ignore, ignore).then(() => this.#begin());
		return this.#next;
	}

	#begin(): Promise<void> {
		this.#next = null;
		const present = this.#write().finally(() => {
			if (this.#present === present) this.#present = null;
		});
		this.#present = present;
		return present;
	}

	async #write(): Promise<void> {
		await this.#sync(this.#log, 'r+');
		if (this.#isListed) return;
		// That there is a log at all is written in the folder. Windows does that by itself.
		if (process.platform !== 'win32') await this.#sync(dirname(this.#log), 'r');
		this.#isListed = true;
	}
}

/** Who asked for that one hears of its failure. */
function ignore(): void {
	return;
}

async function sync(path: string, flags: string): Promise<void> {
	const file = await open(path, flags);
	try {
		await file.sync();
	} finally {
		await file.close();
	}
}
