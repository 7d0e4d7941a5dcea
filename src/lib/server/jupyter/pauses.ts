/**
 * How long to wait before a host that died is started again: not at all the first times, then longer
 * and longer while it keeps dying. Knows times only.
 */
const WINDOW_MS = 30_000;
/** So many within the window are replaced at once. */
const FREE = 3;
const SHORTEST_MS = 500;
const LONGEST_MS = 8000;

export class Pauses {
	readonly #now: () => number;
	#deaths: number[] = [];

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** It died, or could not be started. */
	note(): void {
		const now = this.#now();
		this.#deaths = [...this.#deaths.filter((at) => now - at < WINDOW_MS), now];
	}

	/** Milliseconds to wait now. */
	next(): number {
		const more = this.#deaths.length - FREE;
		return more <= 0 ? 0 : Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (more - 1));
	}
}
