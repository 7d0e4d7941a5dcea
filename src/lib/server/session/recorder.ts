/**
 * Takes events and kernel messages, applies them, and has them journaled in small batches.
 *
 * Two notebooks: `draft` has everything that happened, `saved` has what the journal holds. Viewers
 * are shown only what is saved, so a number they have seen is never given out twice under the same
 * name of the journal. What is saved is put on the disk right after, beside everything else; `settled`
 * tells when. When either fails nothing is dropped: the batch is kept and tried again every second.
 */
import { apply } from '$lib/notebook/apply';
import type { Entry, Event } from '$lib/notebook/event';
import type { Notebook } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import type { KernelMessage } from '../jupyter/port';
import { Alarm } from './alarm';
import { HOLD, isHerald } from './herald';
import { JournalFailure, type Journal, type Mark } from './journal';
import { cellOf, eventsOf, streamEvent, type StreamMessage } from './record';
import type { TextPiece, Texts } from './texts';

/**
 * While messages pour in, a commit is followed by a pause of so many times what it took until it was
 * on the disk: disk and viewers get a fifth of the time, Python's messages the rest.
 */
const PAUSE = 4;
/** Pauses that may be put off, milliseconds, so that quick answers one after another are not held up. */
const CREDIT = 200;
const RETRY = 1000;

export interface RecorderOptions {
	readonly journal: Journal;
	readonly texts: Texts;
	now(): number;
	/** A batch is safe. */
	onsaved(entries: readonly Entry[], mark: Mark): void;
	ontrouble(problem: Problem | null): void;
}

export class Recorder {
	readonly #options: RecorderOptions;
	#saved: Notebook;
	#draft: Notebook;
	#mark: Mark;
	#pending: Entry[] = [];
	#pieces: TextPiece[] = [];
	#stream: { message: StreamMessage; parts: string[] } | null = null;
	#dirty = false;
	readonly #alarm = new Alarm(() => this.flush());
	/** When the pauses owed are over: each commit moves it on. */
	#paidUntil = 0;
	/** Time up to here has its pause. */
	#countedUntil = 0;
	#trouble: Problem | null = null;
	#settling: Promise<Problem | null> = Promise.resolve(null);

	constructor(options: RecorderOptions) {
		this.#options = options;
		const { notebook, mark } = options.journal.load();
		this.#saved = notebook;
		this.#draft = notebook;
		this.#mark = mark;
	}

	get draft(): Notebook {
		return this.#draft;
	}

	get saved(): Notebook {
		return this.#saved;
	}

	get mark(): Mark {
		return this.#mark;
	}

	get trouble(): Problem | null {
		return this.#trouble;
	}

	/** The session is attached to another kernel, whose tape begins anew. */
	changeKernel(kernel: string | null): void {
		this.#mark = { kernel, tape: 0 };
		this.#schedule();
	}

	add(events: readonly Event[]): void {
		this.#closeStream();
		for (const event of events) this.#take(event);
		if (events.length > 0) this.#schedule();
	}

	message(message: KernelMessage, tape: number): void {
		if (message.type === 'stream') {
			this.#joinStream(message);
		} else {
			this.#closeStream();
			for (const event of eventsOf(this.#draft, message, this.#options.now())) this.#take(event);
		}
		this.#mark = { ...this.#mark, tape };
		this.#schedule();
	}

	/** Saves everything now. Returns why that is not possible. */
	flush(): Problem | null {
		this.#alarm.stop();
		this.#closeStream();
		if (!this.#dirty) return null;
		const begin = performance.now();
		const entries = this.#pending;
		try {
			this.#writePieces();
			this.#options.journal.write(entries, this.#draft, this.#mark);
		} catch (error) {
			if (!(error instanceof JournalFailure)) throw error;
			return this.#fail(error);
		}
		this.#pending = [];
		this.#dirty = false;
		this.#saved = this.#draft;
		this.#settling = this.#settle(begin);
		this.#options.onsaved(entries, this.#mark);
		return null;
	}

	/** Resolves when all that was saved until now is on the disk, or with why it is not. */
	settled(): Promise<Problem | null> {
		return this.#settling;
	}

	async #settle(begin: number): Promise<Problem | null> {
		try {
			await this.#options.journal.settle();
		} catch (error) {
			if (!(error instanceof JournalFailure)) throw error;
			this.#dirty = true;
			return this.#fail(error);
		} finally {
			this.#owePause(begin);
		}
		if (this.#trouble) this.#setTrouble(null);
		return null;
	}

	/** The full texts first: an entry must never speak of text that the file lacks. */
	#writePieces(): void {
		for (const piece of this.#pieces) this.#options.texts.write(piece);
		this.#pieces = [];
	}

	#fail(error: JournalFailure): Problem {
		const problem: Problem = error.diskFull
			? { code: 'disk-full' }
			: { code: 'journal-failed', detail: { reason: error.message } };
		if (this.#trouble?.code !== problem.code) this.#setTrouble(problem);
		this.#alarm.ring(RETRY);
		return problem;
	}

	#setTrouble(problem: Problem | null): void {
		this.#trouble = problem;
		this.#options.ontrouble(problem);
	}

	#take(event: Event): void {
		const before = this.#pending.at(-1);
		const merged = before ? merge(before.event, event) : null;
		if (before && merged) {
			// The draft has both already; only the journal's entry is made one.
			this.#pending[this.#pending.length - 1] = { seq: before.seq, event: merged };
			this.#draft = { ...apply(this.#draft, { seq: this.#draft.seq + 1, event }), seq: before.seq };
			return;
		}
		const entry = { seq: this.#draft.seq + 1, event };
		this.#draft = apply(this.#draft, entry);
		this.#pending.push(entry);
		if (event.type === 'execution-started') {
			this.#options.texts.keepOnly(cellOf(event.execution), event.execution);
		}
	}

	#joinStream(message: StreamMessage): void {
		const open = this.#stream;
		if (open?.message.execution === message.execution && open.message.name === message.name) {
			open.parts.push(message.text);
			return;
		}
		this.#closeStream();
		this.#stream = { message, parts: [message.text] };
	}

	#closeStream(): void {
		const open = this.#stream;
		if (!open) return;
		this.#stream = null;
		const text = open.parts.join('');
		const written = streamEvent(this.#draft, { ...open.message, text });
		if (!written) return;
		this.#take(written.event);
		const { execution } = open.message;
		this.#pieces.push({ execution, key: written.key, offset: written.offset, text });
	}

	#owePause(begin: number): void {
		const now = performance.now();
		// Commits that went to the disk together are paid for once.
		const from = Math.max(begin, this.#countedUntil);
		this.#countedUntil = now;
		this.#paidUntil = Math.max(this.#paidUntil, from) + (now - from) * (1 + PAUSE);
	}

	#schedule(): void {
		this.#dirty = true;
		if (this.#trouble) return this.#alarm.ring(RETRY);
		const isHeralds = !this.#stream && this.#pending.every(({ event }) => isHerald(event));
		const owed = this.#paidUntil - performance.now() - CREDIT;
		this.#alarm.ring(Math.max(owed, isHeralds ? HOLD : 0));
	}
}

/** One event that says what two said, where that is possible. */
function merge(first: Event, second: Event): Event | null {
	if (first.type === 'metrics-appended' && second.type === 'metrics-appended') {
		return first.chart === second.chart
			? { ...first, rows: [...first.rows, ...second.rows] }
			: null;
	}
	if (first.type === 'display-updated' && second.type === 'display-updated') {
		return first.displayId === second.displayId ? second : null;
	}
	return null;
}
