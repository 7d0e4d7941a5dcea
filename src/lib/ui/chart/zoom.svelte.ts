import { moveRange, zoomRange, type Range } from '$lib/chart/range';

/** Which part of the x axis is shown. `whole` grows while a model trains; a zoom stays where it is. */
export class Zoom {
	/** `null`: everything. */
	range = $state.raw<Range | null>(null);
	readonly #whole: () => Range;

	constructor(whole: () => Range) {
		this.#whole = whole;
	}

	get isZoomed(): boolean {
		return this.range !== null;
	}

	to = (next: Range): void => {
		const [from, to] = this.#whole();
		this.range = next[0] <= from && next[1] >= to ? null : next;
	};

	by = (factor: number, centre?: number): void => {
		const [from, to] = this.#now();
		this.to(zoomRange([from, to], factor, centre ?? (from + to) / 2, this.#whole()));
	};

	move = (share: number): void => {
		this.to(moveRange(this.#now(), share, this.#whole()));
	};

	reset = (): void => {
		this.range = null;
	};

	/** + and - zoom, the arrows move, 0 shows everything. */
	press = (event: KeyboardEvent): void => {
		const action =
			event.ctrlKey || event.metaKey || event.altKey ? undefined : this.#actions[event.key];
		if (!action) return;
		event.preventDefault();
		// The page has keys of its own.
		event.stopPropagation();
		action();
	};

	readonly #actions: Readonly<Record<string, () => void>> = {
		'+': () => this.by(0.5),
		'-': () => this.by(2),
		ArrowLeft: () => this.move(-0.25),
		ArrowRight: () => this.move(0.25),
		'0': this.reset
	};

	#now(): Range {
		return this.range ?? this.#whole();
	}
}
