/** Something to be done once, soon: the earliest time anybody asked for counts. */
export class Alarm {
	readonly #action: () => void;
	#at = Infinity;
	#timer: NodeJS.Timeout | null = null;
	#immediate: NodeJS.Immediate | null = null;

	constructor(action: () => void) {
		this.#action = action;
	}

	/** @param wait milliseconds; 0: as soon as what has arrived is read, without the millisecond a timer takes */
	ring(wait: number): void {
		const at = wait > 0 ? performance.now() + wait : 0;
		if (at >= this.#at) return;
		this.stop();
		this.#at = at;
		if (wait > 0) this.#timer = setTimeout(() => this.#act(), wait);
		else this.#immediate = setImmediate(() => this.#act());
	}

	stop(): void {
		if (this.#timer) clearTimeout(this.#timer);
		if (this.#immediate) clearImmediate(this.#immediate);
		this.#timer = null;
		this.#immediate = null;
		this.#at = Infinity;
	}

	#act(): void {
		this.stop();
		this.#action();
	}
}
