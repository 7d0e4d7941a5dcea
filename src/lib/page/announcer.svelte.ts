import type { Announcement } from './announce';

/** Calm news is held back this long, so that ten quick cells are not ten interruptions. */
export const GAP = 2000;
const KEPT = 3;

/** The texts of the page's two live regions. */
export class Announcer {
	polite = $state('');
	assertive = $state('');
	#waiting: string[] = [];
	#timer: ReturnType<typeof setTimeout> | null = null;

	say({ urgent, text }: Announcement): void {
		if (urgent) {
			this.assertive = text;
			return;
		}
		this.#waiting = [...this.#waiting, text].slice(-KEPT);
		if (!this.#timer) this.#speak();
	}

	close(): void {
		if (this.#timer) clearTimeout(this.#timer);
		this.#timer = null;
	}

	#speak(): void {
		this.#timer = null;
		if (this.#waiting.length === 0) return;
		this.polite = this.#waiting.join(' ');
		this.#waiting = [];
		this.#timer = setTimeout(() => this.#speak(), GAP);
	}
}
