/**
 * Takes events and kernel messages, applies them, and has them journaled in small batches.
 *
 * Two notebooks: `draft` has everything that happened, `saved` has what the journal holds. Viewers
 * are shown only what is saved, so a number they have seen is never given out twice under the same
 * name of the journal. What is saved is put on the disk right after, beside everything else; `settled`
 * tells when. When either fails nothing is dropped: the batch is kept and tried again every second.
 *
 * A message that cannot be taken, for whatever reason, ends nothing but itself: words stand in its
 * place, and the mark moves on.
 */
import { apply } from '$lib/notebook/apply';
import type { Entry, Event } from '$lib/notebook/event';
import { findExecution, type Notebook } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import type { KernelMessage } from '../jupyter/port';
import { Alarm } from './alarm';
import { HOLD, isHerald } from './herald';
import { logError } from '../log';
import { EntryRefused, JournalFailure, type Journal, type Mark } from './journal';
import {
	bareEvents,
	cellOf,
	errorText,
	eventsOf,
	streamEvent,
	type StreamMessage,
	unrecorded
} from './record';
import type { Suspects } from './suspects';
import type { TextPiece, Texts } from './texts';

/**
 * While messages pour in, a commit is followed by a pause of so many times what it took until it was
 * on the disk: disk and viewers get a fifth of the time, Python's messages the rest.
 */
const PAUSE = 4;
/** Pauses that may be put off, milliseconds, so that quick answers one after another are not held up. */
const CREDIT = 200;
const RETRY = 1000;
/** Letters of one stream that are taken together: a text cannot be endless. */
const JOIN_LIMIT = 8_000_000;
/** Changes nothing: nobody has this execution. */
const NOTHING: Event = { type: 'execution-pausing', execution: '' };

export interface RecorderOptions {
	readonly journal: Journal;
	readonly texts: Texts;
	/** Absent: the last web process ended as it should. */
	readonly suspects?: Suspects | undefined;
	now(): number;
	/** A batch is safe. */
	onsaved(entries: readonly Entry[], mark: Mark): void;
	ontrouble(problem: Problem | null): void;
}

export class Recorder {
	/** Entries of the journal that could not be understood. */
	readonly lost: number;
	readonly #options: RecorderOptions;
	#saved: Notebook;
	#draft: Notebook;
	#mark: Mark;
	#pending: Entry[] = [];
	#pieces: TextPiece[] = [];
	#stream: { message: StreamMessage; parts: string[]; letters: number } | null = null;
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
		const { notebook, mark, lost } = options.journal.load();
		this.lost = lost;
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
		const { suspects } = this.#options;
		const kernel = this.#mark.kernel ?? '';
		if (suspects && suspects.begin(kernel, tape) === 'aside') {
			this.#setAside(message, 'it has ended Tuning Fork before');
		} else if (message.type === 'stream') {
			this.#joinStream(message);
		} else {
			this.#closeStream();
			this.#attempt(message, () => this.#takeMessage(message));
		}
		// What is done later could not be told apart.
		if (suspects) this.#closeStream();
		suspects?.done();
		this.#mark = { ...this.#mark, tape };
		this.#schedule();
	}

	/** Saves everything now. Returns why that is not possible. */
	flush(): Problem | null {
		this.#alarm.stop();
		this.#closeStream();
		if (!this.#dirty) return null;
		const begin = performance.now();
		try {
			this.#writePieces();
			this.#write();
		} catch (error) {
			return this.#fail(toFailure(error));
		}
		const entries = this.#pending;
		this.#pending = [];
		this.#dirty = false;
		this.#saved = this.#draft;
		this.#settling = this.#settle(begin);
		this.#tellSaved(entries);
		return null;
	}

	#tellSaved(entries: readonly Entry[]): void {
		try {
			this.#options.onsaved(entries, this.#mark);
		} catch (error) {
			logError(error, 'What was saved could not be told.');
		}
	}

	/** An entry that can never be written gives its place to words. */
	#write(): void {
		for (let tries = this.#pending.length; ; tries -= 1) {
			try {
				this.#options.journal.write(this.#pending, this.#draft, this.#mark);
				return;
			} catch (error) {
				if (!(error instanceof EntryRefused) || tries <= 0) throw error;
				logError(error, 'An entry could not be written; words stand in its place.');
				this.#replace(error.seq, error.message);
			}
		}
	}

	#replace(seq: number, reason: string): void {
		const before = this.#pending.filter((entry) => entry.seq < seq).reduce(apply, this.#saved);
		const refused = this.#pending.find((entry) => entry.seq === seq)?.event;
		const execution = refused && 'execution' in refused ? refused.execution : '';
		const event = unrecorded(before, execution, reason)[0] ?? NOTHING;
		this.#pending = this.#pending.map((entry) => (entry.seq === seq ? { seq, event } : entry));
		this.#draft = this.#pending.reduce(apply, this.#saved);
	}

	/** Resolves when all that was saved until now is on the disk, or with why it is not. */
	settled(): Promise<Problem | null> {
		return this.#settling;
	}

	async #settle(begin: number): Promise<Problem | null> {
		try {
			await this.#options.journal.settle();
		} catch (error) {
			this.#dirty = true;
			return this.#fail(toFailure(error));
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

	#takeMessage(message: Exclude<KernelMessage, StreamMessage>): void {
		for (const event of eventsOf(this.#draft, message, this.#options.now())) {
			const isCut = event.type === 'output-added' && event.output.type === 'error';
			if (isCut && message.type === 'error' && event.output.cut) this.#keepError(message);
			this.#take(event);
		}
	}

	/** All of an error that is shortened on the page. */
	#keepError(message: Extract<KernelMessage, { type: 'error' }>): void {
		const cell = findExecution(this.#draft, message.execution);
		if (!cell) return;
		const text = errorText(message);
		const { execution } = message;
		this.#pieces.push({ execution, key: cell.nextKey, offset: 0, text });
	}

	/** Whatever goes wrong with a message ends with it. */
	#attempt(message: KernelMessage, work: () => void): boolean {
		try {
			work();
			return true;
		} catch (error) {
			logError(error, 'A message of a kernel could not be recorded.');
			this.#setAside(message, error instanceof Error ? error.name : String(error));
			return false;
		}
	}

	/** Words in the place of a message. If even that is not possible, nothing. */
	#setAside(message: KernelMessage, reason: string): void {
		const execution = 'execution' in message ? message.execution : '';
		try {
			for (const event of unrecorded(this.#draft, execution, reason)) this.#take(event);
			for (const event of bareEvents(this.#draft, message, Date.now())) this.#take(event);
		} catch (error) {
			logError(error, 'Nor could the cell be told.');
		}
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
		if (event.type === 'execution-started') this.#forgetTexts(event.execution);
	}

	/** Of earlier runs. A file that stays takes room, and nothing else. */
	#forgetTexts(execution: string): void {
		try {
			this.#options.texts.keepOnly(cellOf(execution), execution);
		} catch (error) {
			logError(error, 'The texts of an earlier run could not be removed.');
		}
	}

	#joinStream(message: StreamMessage): void {
		const open = this.#stream;
		const isSame =
			open?.message.execution === message.execution && open.message.name === message.name;
		if (isSame && open.letters < JOIN_LIMIT) {
			open.parts.push(message.text);
			open.letters += message.text.length;
			return;
		}
		this.#closeStream();
		this.#stream = { message, parts: [message.text], letters: message.text.length };
	}

	#closeStream(): void {
		const open = this.#stream;
		if (!open) return;
		this.#stream = null;
		const { message, parts } = open;
		try {
			this.#writeStream({ ...message, text: parts.join('') });
		} catch {
			// One of them is at fault: the others are shown.
			for (const text of parts)
				this.#attempt(message, () => this.#writeStream({ ...message, text }));
		}
	}

	#writeStream(message: StreamMessage): void {
		const written = streamEvent(this.#draft, message);
		if (!written) return;
		this.#take(written.event);
		const { execution, text } = message;
		if (written.place) this.#pieces.push({ execution, ...written.place, text });
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

function toFailure(error: unknown): JournalFailure {
	if (error instanceof JournalFailure) return error;
	logError(error, 'A batch could not be saved.');
	return new JournalFailure(false, error instanceof Error ? error.message : String(error));
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
