/**
 * Messages that were being recorded when the web process ended. One that was so twice is set aside by
 * the next one: whatever is in it, it must not end that one as well.
 *
 * They are written down only for a while after an end that was none in order; else this costs nothing.
 */
import {
	closeSync,
	existsSync,
	ftruncateSync,
	openSync,
	readFileSync,
	rmSync,
	writeSync
} from 'node:fs';
import { join } from 'node:path';
import { logError } from '../log';

/** Once this has passed, everything that was under way at the end has come again. Milliseconds. */
const CAREFUL_MS = 60_000;
/** Ends of the web process at one message, until it is set aside. */
const CRASHES = 2;
const KEPT = 10;

interface Suspect {
	readonly kernel: string;
	readonly tape: number;
	/** Ends of the web process while it was being recorded. */
	readonly crashes: number;
}

export interface Suspects {
	/** Before a message is recorded. */
	begin(kernel: string, tape: number): 'go' | 'aside';
	/** After it. */
	done(): void;
}

/**
 * @param folder where the two small files are kept
 * @returns `null`: the last web process ended in order, or there was none
 */
export function openSuspects(folder: string, now: () => number = Date.now): Suspects | null {
	const runs = join(folder, 'web-runs');
	const file = join(folder, 'recording.json');
	const isAfterCrash = existsSync(runs);
	closeSync(openSync(runs, 'w', 0o600));
	if (!isAfterCrash) {
		rmSync(file, { force: true });
		return null;
	}
	return new Careful(file, now);
}

/** The web process ends in order. */
export function forgetSuspects(folder: string): void {
	rmSync(join(folder, 'web-runs'), { force: true });
}

class Careful implements Suspects {
	readonly #until: number;
	readonly #now: () => number;
	#others: readonly Suspect[];
	#file: number | null;
	#length = 0;

	constructor(path: string, now: () => number) {
		this.#now = now;
		this.#until = now() + CAREFUL_MS;
		this.#others = read(path);
		this.#file = openSync(path, 'w', 0o600);
		this.#write(this.#others);
	}

	begin(kernel: string, tape: number): 'go' | 'aside' {
		if (this.#isOver()) return 'go';
		const isThis = (one: Suspect) => one.kernel === kernel && one.tape === tape;
		const crashes = this.#others.find(isThis)?.crashes ?? 0;
		this.#others = this.#others.filter((one) => !isThis(one));
		if (crashes >= CRASHES) return 'aside';
		// If this process ends before `done`, the next one finds it here.
		this.#write([{ kernel, tape, crashes: crashes + 1 }, ...this.#others]);
		return 'go';
	}

	done(): void {
		if (this.#file !== null) this.#write(this.#others);
	}

	#isOver(): boolean {
		if (this.#file !== null && this.#now() > this.#until) {
			this.#write([]);
			closeSync(this.#file);
			this.#file = null;
		}
		return this.#file === null;
	}

	#write(suspects: readonly Suspect[]): void {
		if (this.#file === null) return;
		const text = JSON.stringify(suspects.slice(0, KEPT));
		try {
			writeSync(this.#file, text, 0);
			if (text.length < this.#length) ftruncateSync(this.#file, text.length);
			this.#length = text.length;
		} catch (error) {
			// A full disk: what cannot be written down must not stop what can.
			logError(error, 'The message that is being recorded could not be noted.');
		}
	}
}

function read(path: string): readonly Suspect[] {
	try {
		const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
		return Array.isArray(value) ? (value as Suspect[]) : [];
	} catch {
		// Missing, or half of it was written: nobody is suspected.
		return [];
	}
}
