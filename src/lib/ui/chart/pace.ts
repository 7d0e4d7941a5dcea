/**
 * Decides when something that changes all the time is drawn: at most every `gap` milliseconds, one
 * drawing under way at a time, and always the newest state, never a queue of old ones.
 */
export class Pace<State> {
	#next: { readonly state: State } | null = null;
	#isDrawing = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#drawnAt = -Infinity;
	#isHeld = false;
	readonly #draw: (state: State) => Promise<void>;
	readonly #gap: () => number;

	constructor(draw: (state: State) => Promise<void>, gap: () => number) {
		this.#draw = draw;
		this.#gap = gap;
	}

	offer(state: State): void {
		this.#next = { state };
		this.#plan();
	}

	/** While held nothing is drawn but the first; the newest state is drawn on release. */
	hold(isHeld: boolean): void {
		this.#isHeld = isHeld;
		if (!isHeld) this.#plan();
	}

	/** Draws the newest state now, held or not: what goes to paper cannot be drawn later. */
	flush(): void {
		if (!this.#next || this.#isDrawing) return;
		clearTimeout(this.#timer);
		void this.#run(true);
	}

	stop(): void {
		this.#next = null;
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	#isWaiting(): boolean {
		return this.#isHeld && this.#drawnAt > -Infinity;
	}

	#plan(): void {
		if (this.#isWaiting() || this.#isDrawing || this.#timer !== undefined || !this.#next) return;
		const wait = Math.max(0, this.#drawnAt + this.#gap() - performance.now());
		this.#timer = setTimeout(() => void this.#run(), wait);
	}

	async #run(isUrgent = false): Promise<void> {
		this.#timer = undefined;
		const next = this.#next;
		if (!next || (this.#isWaiting() && !isUrgent)) return;
		this.#next = null;
		this.#isDrawing = true;
		this.#drawnAt = performance.now();
		try {
			await this.#draw(next.state);
		} finally {
			this.#isDrawing = false;
			this.#plan();
		}
	}
}
