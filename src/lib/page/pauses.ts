/** Work that waits until nothing has happened for a while, one piece for each name. */
export class Pauses {
	readonly #length: number;
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

	/** @param length milliseconds */
	constructor(length: number) {
		this.#length = length;
	}

	/** Starts the wait, or starts it again. */
	start(name: string, work: () => void): void {
		this.stop(name);
		this.#timers.set(name, setTimeout(work, this.#length));
	}

	stop(name: string): void {
		clearTimeout(this.#timers.get(name));
		this.#timers.delete(name);
	}

	stopAll(): void {
		for (const name of [...this.#timers.keys()]) this.stop(name);
	}
}
