/** Which section the reader is in: the last heading above the upper third of the window. */
export class ReadingPlace {
	current = $state<string | null>(null);
	readonly #ids: readonly string[];

	constructor(ids: readonly string[]) {
		this.#ids = ids;
	}

	/** Follows the scrolling; the answer stops it. */
	follow(): () => void {
		let asked = 0;
		const look = () => {
			asked = 0;
			this.#look();
		};
		const ask = () => {
			asked ||= requestAnimationFrame(look);
		};
		addEventListener('scroll', ask, { passive: true });
		ask();
		return () => {
			removeEventListener('scroll', ask);
			cancelAnimationFrame(asked);
		};
	}

	#look(): void {
		const edge = innerHeight / 3;
		const passed = this.#ids.filter((id) => {
			const heading = document.getElementById(id);
			return heading !== null && heading.getBoundingClientRect().top < edge;
		});
		this.current = passed.at(-1) ?? null;
	}
}
