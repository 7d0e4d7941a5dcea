/**
 * The browsers that watch a session. Each asks for what comes after the number it has and is served
 * at its own speed: entries from memory, or the whole notebook when it is too far behind.
 */
import type { Entry } from '$lib/notebook/event';
import type { Notebook } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import type { Frame } from '$lib/protocol/frame';
import { VERSION } from '../version';
import { entrySize } from './bounds';
import { HOLD, isHerald } from './herald';
import type { Journal } from './journal';

/** Further behind than this a viewer is sent the notebook instead of entries. */
const ENTRIES_LIMIT = 2000;
/** Entries in one frame, and letters in these. */
const FRAME_LIMIT = 200;
const FRAME_LETTERS = 8_000_000;
/** Letters in the entries that are remembered for a session. */
const RECENT_LETTERS = 64_000_000;
const PING = 5000;

export interface Viewer {
	/** The next frame; waits until there is something to say. `null`: the session has ended. */
	next(): Promise<Frame | null>;
	close(): void;
}

export class Viewers {
	readonly #journal: Journal;
	#recent: Entry[] = [];
	#letters = 0;
	readonly #waiting = new Set<() => void>();
	readonly #notebook: () => Notebook;
	#trouble: Problem | null = null;
	#troubleAt = 0;
	#ended = false;
	#held: ReturnType<typeof setTimeout> | null = null;

	constructor(journal: Journal, notebook: () => Notebook) {
		this.#journal = journal;
		this.#notebook = notebook;
	}

	publish(entries: readonly Entry[]): void {
		for (const entry of entries) {
			this.#recent.push(entry);
			this.#letters += entrySize(entry);
		}
		if (this.#recent.length > ENTRIES_LIMIT * 2 || this.#letters > RECENT_LETTERS) this.#forget();
		if (!entries.every(({ event }) => isHerald(event))) this.#wake();
		else this.#held ??= setTimeout(() => this.#wake(), HOLD);
	}

	/** Half of what may be remembered stays. Whoever needs more is served from the journal. */
	#forget(): void {
		const kept = withinLetters(this.#recent.slice(-ENTRIES_LIMIT).reverse(), RECENT_LETTERS / 2);
		this.#recent = kept.toReversed();
		this.#letters = this.#recent.reduce((sum, entry) => sum + entrySize(entry), 0);
	}

	/** Sends everybody away: they will come back to the next web process. */
	end(): void {
		this.#ended = true;
		this.#wake();
	}

	trouble(problem: Problem | null): void {
		this.#trouble = problem;
		this.#troubleAt += 1;
		this.#wake();
	}

	/**
	 * @param after number of the last entry the viewer has; `null` when it has nothing
	 * @param journal the name of the journal that number is from; it means nothing in another one
	 */
	watch(after: number | null, journal = this.#journal.name): Viewer {
		let seq = journal === this.#journal.name ? after : null;
		let troubleSeen = this.#trouble ? this.#troubleAt - 1 : this.#troubleAt;
		let open = true;
		const take = (): Frame | null => {
			if (troubleSeen !== this.#troubleAt) {
				troubleSeen = this.#troubleAt;
				return { type: 'trouble', problem: this.#trouble };
			}
			const frame = this.#frameAfter(seq);
			if (frame?.type === 'snapshot') seq = frame.notebook.seq;
			if (frame?.type === 'entries') seq = frame.entries.at(-1)?.seq ?? seq;
			return frame;
		};
		return {
			next: async () => {
				const ready = take();
				if (ready) return ready;
				await this.#wait(() => open && !this.#ended);
				return open && !this.#ended ? (take() ?? this.#ping()) : null;
			},
			close: () => {
				open = false;
				this.#wake();
			}
		};
	}

	#ping(): Frame {
		return { type: 'ping', seq: this.#notebook().seq, version: VERSION, now: Date.now() };
	}

	#frameAfter(seq: number | null): Frame | null {
		const notebook = this.#notebook();
		// Nothing is safe yet: the page has the lesson's text, which is more.
		if (seq === notebook.seq || notebook.seq === 0) return null;
		const entries = seq === null || seq > notebook.seq ? null : this.#entriesAfter(seq);
		if (entries?.length)
			return {
				type: 'entries',
				entries: withinLetters(entries.slice(0, FRAME_LIMIT), FRAME_LETTERS)
			};
		return { type: 'snapshot', notebook, version: VERSION, journal: this.#journal.name };
	}

	#entriesAfter(seq: number): readonly Entry[] | null {
		const first = this.#recent[0];
		if (first && first.seq <= seq + 1) return this.#recent.slice(seq + 1 - first.seq);
		return this.#journal.after(seq, ENTRIES_LIMIT);
	}

	async #wait(isOpen: () => boolean): Promise<void> {
		if (!isOpen()) return;
		await new Promise<void>((resolve) => {
			const finish = () => {
				clearTimeout(timer);
				this.#waiting.delete(finish);
				resolve();
			};
			const timer = setTimeout(finish, PING);
			this.#waiting.add(finish);
		});
	}

	#wake(): void {
		if (this.#held) clearTimeout(this.#held);
		this.#held = null;
		for (const finish of [...this.#waiting]) finish();
	}
}

/** The first of them, as many as there is room for, and one at least. */
function withinLetters(entries: readonly Entry[], limit: number): readonly Entry[] {
	let letters = 0;
	const over = entries.findIndex((entry, index) => {
		letters += entrySize(entry);
		return index > 0 && letters > limit;
	});
	return over < 0 ? entries : entries.slice(0, over);
}
