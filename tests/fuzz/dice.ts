/** Choices that come again with the same seed. */
import { dice } from '../../scripts/kills/dice.mjs';

export class Dice {
	readonly #next: () => number;

	constructor(seed: number) {
		// Seeds that follow each other would begin alike.
		this.#next = dice(Math.imul(seed ^ (seed >>> 15), 0x85ebca6b) ^ 0x9e3779b9);
		for (let n = 0; n < 5; n += 1) this.#next();
	}

	/** From 0 up to and without `below`. */
	int(below: number): number {
		return Math.floor(this.#next() * below);
	}

	chance(share: number): boolean {
		return this.#next() < share;
	}

	pick<T>(list: readonly T[]): T {
		return list[this.int(list.length)] as T;
	}

	/** One of the choices, each as often as its weight says. */
	weigh<T>(choices: readonly (readonly [number, () => T])[]): T {
		const total = choices.reduce((sum, [weight]) => sum + weight, 0);
		let left = this.#next() * total;
		const chosen = choices.find(([weight]) => {
			left -= weight;
			return left < 0;
		});
		const [, make] = (chosen ?? choices.at(-1)) as (typeof choices)[number];
		return make();
	}

	times<T>(count: number, make: () => T): T[] {
		return Array.from({ length: count }, make);
	}
}
