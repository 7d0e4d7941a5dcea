/**
 * Lets kernels start a few at a time and tells those who wait where they stand.
 *
 * A start that fails for a reason that passes is made again; one that finds no memory waits, however
 * long that takes. So a start in a class does not fail because others start as well. What is
 * decided is in `line.ts`; this has the clock, the timer and the promises.
 */
import {
	EMPTY,
	finish,
	join,
	leave,
	letIn,
	places,
	putBack,
	type Effort,
	type Limits,
	type Line,
	type Place
} from './line';

/** Whoever waits is told again after so many milliseconds, if the place or the time has changed. */
const TELL_EVERY = 1000;
/** When there was no memory, milliseconds until the next try. */
const MEMORY_WAIT = 1000;
const TRIES = 3;

/** Why a start failed, as far as the line is concerned. */
export type Setback = 'no-memory' | 'passing' | 'lasting';

export interface AdmissionOptions {
	readonly limits: Limits;
	now(): number;
	judge(error: unknown): Setback;
}

export interface Asking {
	readonly learner: string;
	/** Where one stands; not called when the turn comes at once. */
	onplace(place: Place): void;
	/** The turn has come. */
	onturn(): void;
	/** Leaves the line. A start that has begun is not stopped. */
	readonly signal: AbortSignal;
}

/** Somebody did not want to wait any longer. */
export class LeftLine extends Error {
	override readonly name = 'LeftLine';
}

interface Waiter {
	readonly asking: Asking;
	told: string;
	admit(): void;
}

export class Admission {
	readonly #options: AdmissionOptions;
	readonly #waiters = new Map<string, Waiter>();
	#line: Line = EMPTY;
	#timer: NodeJS.Timeout | null = null;
	#idle: (() => void)[] = [];
	#count = 0;

	constructor(options: AdmissionOptions) {
		this.#options = options;
	}

	/** How many wait, and how many start now. */
	get counts(): { readonly waiting: number; readonly starting: number } {
		return { waiting: this.#line.waiting.length, starting: this.#line.starting.length };
	}

	/** Resolves when nobody waits and nobody starts: for work that must not hold up a start. */
	empty(): Promise<void> {
		const { waiting, starting } = this.counts;
		if (waiting + starting === 0) return Promise.resolve();
		return new Promise((resolve) => this.#idle.push(resolve));
	}

	/**
	 * Waits for the turn, then starts.
	 * @param start tells how much work it was
	 * @throws LeftLine when `signal` came first; whatever `start` threw last
	 */
	async pass<T extends { readonly effort: Effort }>(
		asking: Asking,
		start: () => Promise<T>
	): Promise<T> {
		this.#count += 1;
		const id = String(this.#count);
		this.#line = join(this.#line, { id, learner: asking.learner });
		try {
			return await this.#passAs(id, asking, start);
		} finally {
			this.#line = leave(this.#line, id);
			this.#advance();
			if (this.counts.waiting + this.counts.starting === 0)
				for (const tell of this.#idle.splice(0)) tell();
		}
	}

	async #passAs<T extends { readonly effort: Effort }>(
		id: string,
		asking: Asking,
		start: () => Promise<T>
	): Promise<T> {
		for (let failures = 0; ;) {
			await this.#turn(id, asking);
			try {
				const started = await start();
				this.#line = finish(this.#line, id, started.effort, this.#options.now());
				return started;
			} catch (error) {
				const setback = this.#options.judge(error);
				if (setback === 'no-memory')
					this.#line = putBack(this.#line, id, this.#options.now() + MEMORY_WAIT);
				else failures += 1;
				if (setback === 'lasting' || failures === TRIES) throw error;
			}
		}
	}

	/** Resolves when this one may start: at once for one that has started before, in vain. */
	async #turn(id: string, asking: Asking): Promise<void> {
		const admitted = new Promise<void>((resolve, reject) => {
			const left = () => reject(new LeftLine('Somebody left the line.'));
			if (asking.signal.aborted) return left();
			if (this.#line.starting.some((ticket) => ticket.id === id)) return resolve();
			asking.signal.addEventListener('abort', left, { once: true });
			this.#waiters.set(id, { asking, told: '', admit: resolve });
		});
		this.#advance();
		try {
			await admitted;
		} finally {
			this.#waiters.delete(id);
		}
		asking.onturn();
	}

	#advance(): void {
		const { line, admitted } = letIn(this.#line, this.#options.limits, this.#options.now());
		this.#line = line;
		for (const id of admitted) {
			this.#waiters.get(id)?.admit();
			this.#waiters.delete(id);
		}
		this.#tell((waiter) => waiter.told === '');
		if (line.waiting.length > 0) this.#timer ??= setInterval(() => this.#look(), TELL_EVERY);
		else if (this.#timer) {
			clearInterval(this.#timer);
			this.#timer = null;
		}
	}

	#look(): void {
		this.#advance();
		this.#tell(() => true);
	}

	/** Each telling is an entry in a journal: the newcomers at once, the others every second. */
	#tell(whom: (waiter: Waiter) => boolean): void {
		for (const [id, place] of places(this.#line, this.#options.limits, this.#options.now())) {
			const waiter = this.#waiters.get(id);
			const text = JSON.stringify(place);
			if (!waiter || !whom(waiter) || waiter.told === text) continue;
			waiter.told = text;
			waiter.asking.onplace(place);
		}
	}
}
