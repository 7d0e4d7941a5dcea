/**
 * How many streams of events a learner may hold open. Each holds a connection and a place in memory, and
 * every page opens one: too many tabs, or a program that opens them by the thousand, would end all.
 */
export const OF_LEARNER = 20;
export const OF_LESSON = 10;

interface Held {
	readonly learner: string;
	readonly lesson: string;
	sendAway(): void;
}

export class Streams {
	/** In the order they were opened. */
	readonly #held = new Set<Held>();

	/**
	 * Notes a stream. The oldest of the same learner is sent away when there are too many.
	 * @returns how to say that it has ended
	 */
	add(stream: Held): () => void {
		this.#held.add(stream);
		const { learner, lesson } = stream;
		const mine = [...this.#held].filter((one) => one.learner === learner);
		const here = mine.filter((one) => one.lesson === lesson);
		for (const one of [...mine.slice(0, -OF_LEARNER), ...here.slice(0, -OF_LESSON)])
			if (this.#held.delete(one)) one.sendAway();
		return () => void this.#held.delete(stream);
	}
}
