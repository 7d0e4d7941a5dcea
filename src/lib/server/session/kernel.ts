/**
 * The kernel of one session, from "off" to "ready" and, perhaps, to "dead".
 *
 * It starts a kernel, finds it again after the web process was restarted, restarts it on request,
 * and loads the training library while nobody waits. It knows nothing of cells: what the kernel
 * says goes to `onmessage`, and each change of state is told to `onstate`.
 */
import type { KernelStage, KernelState } from '$lib/notebook/kernel';
import type { Problem } from '$lib/notebook/problem';
import type {
	ExecuteOptions,
	KernelHost,
	KernelLink,
	KernelListener,
	KernelMessage,
	KernelRequest
} from '../jupyter/port';
import type { Mark } from './journal';

/** Executions with this mark are ours, not a cell's. */
const LIBRARY = '~library';
/** Imported once Python is ready, so that the first training does not wait for it. */
const LIBRARY_CODE = 'import tuningfork.preload';

export interface SessionKernelOptions {
	readonly host: KernelHost;
	readonly cwd: string;
	state(): KernelState;
	onstate(state: KernelState): void;
	onmessage(message: KernelMessage, tape: number): void;
	/** Attached to this kernel, or to none. A new kernel's tape begins at 1. */
	onkernel(kernel: string | null): void;
	onlost(problem: Problem): void;
	/** The kernel may have become free. */
	onfree(): void;
	now(): number;
}

export class SessionKernel {
	readonly #options: SessionKernelOptions;
	#link: KernelLink | null = null;
	#opening: Promise<void> | null = null;
	/** What was sent before this link existed has been settled: see `adopt`. */
	#settled = false;
	#libraryLoaded = false;

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
		const listener = this.#listener();
		const link = await this.#options.host.attach({
			kernel: mark.kernel,
			after: mark.tape,
			listener
		});
		if (!link) return false;
		this.#link = link;
		this.#libraryLoaded = true;
		void this.#settle(link);
		return true;
	}

	/** Starts a kernel if there is none. */
	async start(): Promise<void> {
		this.#opening ??= this.#open().finally(() => {
			this.#opening = null;
		});
		await this.#opening;
	}

	/** A fresh Python, whatever state the old one is in. */
	async restart(): Promise<void> {
		if (this.#opening) await this.#opening;
		const link = this.#link;
		if (!link) return this.start();
		this.#libraryLoaded = false;
		this.#begin('python');
		try {
			await link.restart();
			this.#ready();
		} catch (error) {
			// The host has lost this kernel: a new one serves as well.
			if (!(error instanceof Error)) throw error;
			this.#drop();
			await this.start();
		}
	}

	execute(execution: string, code: string, options: ExecuteOptions): void {
		this.#link?.execute(execution, code, options);
	}

	/** Answered at once, whatever runs. */
	async request(request: KernelRequest): Promise<void> {
		await this.#link?.request(request);
	}

	answer(text: string): void {
		this.#link?.answer(text);
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
		this.#link?.detach();
		this.#link = null;
	}

	/** Loads the training library if nothing else is to be done. */
	loadLibrary(): void {
		if (this.#libraryLoaded || !this.free) return;
		this.#libraryLoaded = true;
		this.#setStage('library');
		this.#link?.execute(`${LIBRARY}.${this.#options.state().generation}`, LIBRARY_CODE, {
			silent: true,
			storeHistory: false
		});
	}

	async #open(): Promise<void> {
		this.#drop();
		this.#begin('host');
		try {
			const { host, cwd } = this.#options;
			const listener = this.#listener();
			const link = await host.start({ cwd, listener, stage: (stage) => this.#setStage(stage) });
			this.#link = link;
			this.#options.onkernel(link.kernel);
			this.#ready();
		} catch (error) {
			if (!(error instanceof Error)) throw error;
			this.#options.onlost({ code: 'kernel-start-failed', detail: { reason: error.message } });
		}
	}

	#listener(): KernelListener {
		return {
			message: (message, tape) => this.#hear(message, tape),
			lost: (reason) => {
				this.#drop();
				this.#options.onlost({ code: reason });
			}
		};
	}

	#hear(message: KernelMessage, tape: number): void {
		this.#options.onmessage(message, tape);
		if (message.type !== 'idle') return;
		if (message.execution.startsWith(LIBRARY)) this.#setStage(null);
		this.#options.onfree();
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

	#begin(stage: KernelStage): void {
		const { generation } = this.#options.state();
		this.#change({ phase: 'starting', stage, generation: generation + 1, problem: null });
	}

	#ready(): void {
		this.#settled = true;
		this.#change({ ...this.#options.state(), phase: 'ready', stage: null });
		this.#options.onfree();
	}

	#setStage(stage: KernelStage | null): void {
		const state = this.#options.state();
		if (state.phase !== 'dead' && state.stage !== stage) this.#change({ ...state, stage });
	}

	#change(state: Omit<KernelState, 'since'>): void {
		this.#options.onstate({ ...state, since: this.#options.now() });
	}
}
