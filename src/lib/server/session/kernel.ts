/**
 * The kernel of one session, from "off" to "ready" and, perhaps, to "dead".
 *
 * It starts a kernel, when its turn among all starts has come, finds it again after the web process
 * was restarted, restarts it on request, and loads the training library while nobody waits. It knows
 * nothing of cells: what the kernel says goes to `onmessage`, and each change of state to `onstate`.
 */
import type { KernelLine, KernelStage, KernelState } from '$lib/notebook/kernel';
import type { Problem } from '$lib/notebook/problem';
import { JupyterFailure } from '../jupyter/failure';
import type {
	ExecuteOptions,
	KernelHost,
	KernelLink,
	KernelListener,
	KernelMessage,
	KernelRequest
} from '../jupyter/port';
import { logError } from '../log';
import { LeftLine, type Admission } from './admission';
import type { Mark } from './journal';
import { awayProblem, startProblem } from './reach';

/** Executions with this mark are ours, not a cell's. */
const LIBRARY = '~library';
/** Imported once Python is ready, so that the first training does not wait for it. */
const LIBRARY_CODE = 'import tuningfork.preload';

export interface SessionKernelOptions {
	readonly host: KernelHost;
	readonly admission: Admission;
	readonly learner: string;
	readonly cwd: string;
	state(): KernelState;
	onstate(state: KernelState): void;
	onmessage(message: KernelMessage, tape: number): void;
	/** Attached to this kernel, or to none. A new kernel's tape begins at 1. */
	onkernel(kernel: string | null): void;
	onlost(problem: Problem): void;
	/** The kernel, which goes on, is cut off for this reason, or is back. */
	onaway(problem: Problem | null): void;
	/** The kernel may have become free. */
	onfree(): void;
	now(): number;
}

export class SessionKernel {
	readonly #options: SessionKernelOptions;
	#link: KernelLink | null = null;
	#opening: Promise<void> | null = null;
	#leaving = new AbortController();
	#detached = false;
	/** What was sent before this link existed has been settled: see `adopt`. */
	#settled = false;
	#libraryLoaded = false;
	/** It is to be loaded when no kernel starts any more. */
	#later = false;
	/** It was started, or is being started, without the learner's own start-up files. */
	#safe = false;

	constructor(options: SessionKernelOptions) {
		this.#options = options;
	}

	/** May a cell be sent now? */
	get free(): boolean {
		const { phase, stage } = this.#options.state();
		return this.#link !== null && this.#settled && phase === 'ready' && stage === null;
	}

	/** Finds the kernel of an earlier web process again. `false`: it is gone. */
	async adopt(mark: Mark): Promise<boolean> {
		if (!mark.kernel) return false;
		this.#safe = this.#options.state().safe === 'on';
		const listener = this.#listener();
		const link = await this.#options.host.attach({
			kernel: mark.kernel,
			after: mark.tape,
			listener,
			cwd: this.#options.cwd
		});
		if (!link) return false;
		this.#link = link;
		this.#libraryLoaded = true;
		void this.#settle(link);
		return true;
	}

	/** Starts a kernel if there is none. */
	async start(safe = false): Promise<void> {
		this.#opening ??= this.#open('host', safe, () => this.#startNew());
		await this.#opening;
	}

	/**
	 * A fresh Python, whatever state the old one is in. One that starts just now is fresh.
	 * @param safe without the learner's own start-up files
	 */
	async restart(safe = false): Promise<void> {
		// One that starts in the ordinary way just now may never get there.
		if (safe && !this.#safe) await this.#opening;
		if (!this.#link) return this.start(safe);
		// The same kernel starts again as it was started.
		const start = safe === this.#safe ? () => this.#startAgain() : () => this.#startOther();
		this.#opening ??= this.#open('python', safe, start);
		await this.#opening;
	}

	/** Does not want to wait for its turn any longer. Nothing happens when it has come. */
	leaveLine(): void {
		this.#leaving.abort();
	}

	/** The kernel is wanted, although nothing is run. */
	async stay(): Promise<void> {
		await this.#link?.settled();
	}

	execute(execution: string, code: string, options: ExecuteOptions): void {
		this.#link?.execute(execution, code, options);
	}

	/** Answered at once, whatever runs. */
	async request(request: KernelRequest): Promise<void> {
		await this.#link?.request(request);
	}

	answer(execution: string, question: number, text: string): void {
		this.#link?.answer(execution, question, text);
	}

	async interrupt(): Promise<void> {
		await this.#link?.interrupt();
	}

	ack(tape: number): void {
		this.#link?.ack(tape);
	}

	async complete(code: string, cursor: number) {
		return this.free ? ((await this.#link?.complete(code, cursor)) ?? null) : null;
	}

	async inspect(code: string, cursor: number) {
		return this.free ? ((await this.#link?.inspect(code, cursor)) ?? null) : null;
	}

	/** Leaves the kernel running. */
	detach(): void {
		this.#detached = true;
		this.#leaving.abort();
		this.#link?.detach();
		this.#link = null;
	}

	/** Loads the training library if nothing else is to be done. */
	loadLibrary(): void {
		if (this.#libraryLoaded || !this.free) return;
		const { waiting, starting } = this.#options.admission.counts;
		// Seconds of work for a kernel that was not forked: those who wait for theirs come first.
		if (waiting + starting > 0) return this.#loadLater();
		this.#libraryLoaded = true;
		this.#setStage('library');
		this.#link?.execute(`${LIBRARY}.${this.#options.state().generation}`, LIBRARY_CODE, {
			silent: true,
			storeHistory: false
		});
	}

	#loadLater(): void {
		if (this.#later) return;
		this.#later = true;
		void this.#options.admission.empty().then(() => {
			this.#later = false;
			if (!this.#detached) this.#options.onfree();
		});
	}

	async #open(stage: KernelStage, safe: boolean, start: () => Promise<KernelLink>): Promise<void> {
		const before = this.#options.state();
		const wasSafe = this.#safe;
		this.#safe = safe && this.#options.host.startsSafely;
		this.#leaving = new AbortController();
		this.#libraryLoaded = false;
		this.#starts(before.generation + 1, stage);
		try {
			await this.#pass(before.generation + 1, stage, start);
			this.#ready();
		} catch (error) {
			if (!(error instanceof Error)) throw error;
			if (this.#detached) return;
			if (error instanceof LeftLine) this.#goBack(before, wasSafe);
			else this.#options.onlost(startProblem(error));
		} finally {
			this.#opening = null;
		}
	}

	async #pass(
		generation: number,
		stage: KernelStage,
		start: () => Promise<KernelLink>
	): Promise<void> {
		const asking = {
			learner: this.#options.learner,
			signal: this.#leaving.signal,
			onplace: (line: KernelLine) => this.#starts(generation, 'line', line),
			onturn: () => {
				const now = this.#options.state();
				if (now.phase !== 'starting' || now.stage === 'line') this.#starts(generation, stage);
			}
		};
		await this.#options.admission.pass(asking, async () => {
			const { started } = await start();
			// One from the pool was light, and has left the pool smaller.
			return { effort: started === 'cold' || started === 'pooled' ? 'heavy' : 'light' };
		});
	}

	async #startNew(): Promise<KernelLink> {
		this.#drop();
		const { host, cwd } = this.#options;
		const listener = this.#listener();
		const stage = (stage: KernelStage) => this.#setStage(stage);
		const link = await host.start({ cwd, listener, safe: this.#safe, stage });
		this.#link = link;
		this.#options.onkernel(link.kernel);
		return link;
	}

	async #startAgain(): Promise<KernelLink> {
		const link = this.#link;
		if (!link) return this.#startNew();
		try {
			await link.restart();
			return link;
		} catch (error) {
			// The host has lost this kernel: a new one serves as well.
			if (!(error instanceof Error)) throw error;
			return this.#startNew();
		}
	}

	/** Another kernel takes this one's place. */
	async #startOther(): Promise<KernelLink> {
		const link = this.#link;
		this.#drop();
		try {
			await link?.shutdown();
		} catch (error) {
			// The host has lost it: then there is nothing to end.
			if (!(error instanceof JupyterFailure)) throw error;
		}
		return this.#startNew();
	}

	/** The line was left: as if nothing had been asked for. */
	#goBack(before: KernelState, wasSafe: boolean): void {
		this.#safe = wasSafe;
		const lost = before.phase === 'starting' || (before.phase === 'ready' && !this.#link);
		const phase = lost ? 'off' : before.phase;
		this.#change({ ...before, phase, stage: null });
		if (phase === 'ready') this.#options.onfree();
	}

	#listener(): KernelListener {
		return {
			message: (message, tape) => this.#hear(message, tape),
			lost: (reason) => {
				this.#drop();
				// While one starts, its failure is told by whoever waits for it.
				if (!this.#opening) this.#options.onlost({ code: reason });
			},
			connection: (trouble) => this.#options.onaway(trouble && awayProblem(trouble))
		};
	}

	/** What goes wrong here must not end the process, in which others work as well. */
	#hear(message: KernelMessage, tape: number): void {
		try {
			this.#options.onmessage(message, tape);
			if (message.type !== 'idle') return;
			if (message.execution.startsWith(LIBRARY)) this.#setStage(null);
			this.#options.onfree();
		} catch (error) {
			logError(error, 'What follows from a message of a kernel could not be done.');
		}
	}

	async #settle(link: KernelLink): Promise<void> {
		await link.settled();
		if (this.#link !== link) return;
		this.#settled = true;
		this.#options.onfree();
	}

	#drop(): void {
		this.#link?.detach();
		this.#link = null;
		this.#settled = false;
		this.#libraryLoaded = false;
	}

	#starts(generation: number, stage: KernelStage, line?: KernelLine): void {
		const state = { phase: 'starting', stage, generation, problem: null } as const;
		this.#change(line ? { ...state, line } : state);
	}

	#ready(): void {
		this.#settled = true;
		const { generation } = this.#options.state();
		this.#change({ phase: 'ready', stage: null, generation, problem: null });
		this.#options.onfree();
	}

	#setStage(stage: KernelStage | null): void {
		const state = this.#options.state();
		if (state.phase !== 'dead' && state.stage !== stage) this.#change({ ...state, stage });
	}

	#change(state: Omit<KernelState, 'since'>): void {
		const known = { ...state, since: this.#options.now() };
		const safe = this.#safe ? 'on' : 'offered';
		this.#options.onstate(this.#options.host.startsSafely ? { ...known, safe } : known);
	}
}
