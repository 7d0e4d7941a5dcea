/**
 * A `KernelHost` in memory, for tests of everything above the port. Never used in production.
 *
 * Life cycle as the real one: kernels go on while nobody is attached, and `attach` replays the tape
 * after a number. Runs the programs of `fake-program.ts`, or exact codes scripted by the test.
 * `kill` and `die` play the misfortunes.
 */
import { FakeKernel } from './fake-kernel';
import type { Step } from './fake-program';
import type { AttachOptions, Death, KernelHost, KernelLink, StartOptions } from './port';

export interface FakeOptions {
	/** Steps for exact texts of code. */
	readonly scripts?: Readonly<Record<string, readonly Step[]>>;
	/** Makes `start` fail. */
	readonly startFails?: Error;
}

export class FakeKernelHost implements KernelHost {
	readonly startsSafely: boolean = true;
	/** Of each start, whether it was a safe one. */
	readonly starts: boolean[] = [];
	readonly #options: FakeOptions;
	readonly #kernels = new Map<string, FakeKernel>();
	#count = 0;

	constructor(options: FakeOptions = {}) {
		this.#options = options;
	}

	async prepare(): Promise<void> {
		await Promise.resolve();
	}

	async start(options: StartOptions): Promise<KernelLink> {
		options.stage('host');
		this.starts.push(options.safe ?? false);
		await Promise.resolve();
		if (this.#options.startFails) throw this.#options.startFails;
		options.stage('python');
		this.#count += 1;
		const id = `fake-${this.#count}`;
		const gone = () => this.#kernels.delete(id);
		const kernel = new FakeKernel(id, this.#options.scripts ?? {}, gone);
		this.#kernels.set(id, kernel);
		options.stage('answering');
		return kernel.link(0, options.listener);
	}

	async attach(options: AttachOptions): Promise<KernelLink | null> {
		await Promise.resolve();
		return this.#kernels.get(options.kernel)?.link(options.after, options.listener) ?? null;
	}

	endOthers(known: readonly string[]): Promise<void> {
		for (const id of [...this.#kernels.keys()]) if (!known.includes(id)) this.#kernels.delete(id);
		return Promise.resolve();
	}

	async stop(): Promise<void> {
		await Promise.resolve();
		this.die();
	}

	/** The process of a kernel ends, as by `kill -9`. */
	kill(kernel: string, death: Partial<Death> = {}): void {
		this.#kernels.get(kernel)?.end({ cause: 'signal', signal: 'SIGKILL', ...death });
	}

	/** The host ends, and every kernel with it. */
	die(): void {
		const kernels = [...this.#kernels.values()];
		this.#kernels.clear();
		kernels.forEach((kernel) => kernel.lose('host-died'));
	}

	/** How far a kernel's tape goes and how much of it was acked. */
	tape(kernel: string): { readonly last: number; readonly acked: number } {
		const { last = 0, acked = 0 } = this.#kernels.get(kernel) ?? {};
		return { last, acked };
	}
}
