import { browserStorage } from './storage';

/** One choice of a person for this browser, remembered in its storage. */
export class Preference<T extends string> {
	readonly #key: string;
	readonly #choices: readonly T[];
	#value = $state() as T;

	constructor(key: string, choices: readonly [T, ...T[]]) {
		this.#key = key;
		this.#choices = choices;
		this.#value = choices[0];
	}

	get value(): T {
		return this.#value;
	}

	/** Reads what was chosen before; on the server there is nothing to read. */
	recall(): void {
		const stored = browserStorage()?.getItem(this.#key);
		this.#value = this.#choices.find((choice) => choice === stored) ?? this.#value;
	}

	choose(value: T): void {
		this.#value = value;
		try {
			browserStorage()?.setItem(this.#key, value);
		} catch (error) {
			// Forbidden or full: the choice holds for this visit.
			if (!(error instanceof DOMException)) throw error;
		}
	}
}
