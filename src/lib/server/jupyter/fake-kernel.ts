/** One kernel of the fake host: a queue of executions, a tape, and at most one listener. */
import { readProgram, raising, type Spoken, type Step } from './fake-program';
import type { Death, ExecuteOptions, KernelLink, KernelListener, KernelMessage } from './port';

const UNKNOWN: Death = {
	cause: 'unknown',
	sure: true,
	exitCode: null,
	signal: null,
	memoryMb: 100,
	boundMb: null,
	machineMb: null,
	freeMb: null,
	full: null,
	doing: null,
	fits: null,
	where: null
};

interface Queued {
	readonly execution: string;
	readonly code: string;
	readonly silent: boolean;
}

export class FakeKernel {
	readonly id: string;
	readonly #scripts: Readonly<Record<string, readonly Step[]>>;
	readonly #gone: () => void;
	#tape: KernelMessage[] = [];
	#acked = 0;
	#listener: KernelListener | null = null;
	#queue: Queued[] = [];
	#current: string | null = null;
	#life = 0;
	#count = 0;
	#alive = true;
	/** Ends the step under way, with what was typed or an interrupt. */
	#resume: ((answer: string | null) => void) | null = null;

	constructor(id: string, scripts: Readonly<Record<string, readonly Step[]>>, gone: () => void) {
		this.id = id;
		this.#scripts = scripts;
		this.#gone = gone;
	}

	get last(): number {
		return this.#tape.length;
	}

	get acked(): number {
		return this.#acked;
	}

	link(after: number, listener: KernelListener): KernelLink {
		this.#listener?.lost('kernel-gone', 'another listener took over');
		this.#listener = listener;
		this.#tape.slice(after).forEach((message, i) => listener.message(message, after + i + 1));
		const mine = () => this.#listener === listener;
		return {
			kernel: this.id,
			started: 'forked',
			execute: (execution, code, options) => void this.#execute(execution, code, options),
			answer: (_execution, _question, text) => this.#resume?.(text),
			interrupt: () => this.#interrupt(),
			request: () => Promise.resolve(),
			settled: () => Promise.resolve(),
			restart: () => this.#restart(),
			complete: (_code, cursor) => Promise.resolve({ matches: [], from: cursor, to: cursor }),
			inspect: () => Promise.resolve(null),
			ack: (tape) => (this.#acked = Math.max(this.#acked, tape)),
			shutdown: () => Promise.resolve(this.#shutdown()),
			detach: () => {
				if (mine()) this.#listener = null;
			}
		};
	}

	end(death: Partial<Death>): void {
		if (!this.#alive) return;
		this.#stopProcess();
		this.#alive = false;
		this.#record({ type: 'died', ...UNKNOWN, ...death });
	}

	lose(reason: 'host-died' | 'kernel-gone'): void {
		this.#stopProcess();
		const listener = this.#listener;
		this.#listener = null;
		listener?.lost(reason, 'fake');
	}

	#record(message: KernelMessage): void {
		this.#tape.push(message);
		this.#listener?.message(message, this.#tape.length);
	}

	async #execute(execution: string, code: string, options: ExecuteOptions = {}): Promise<void> {
		if (!this.#alive) return;
		this.#queue.push({ execution, code, silent: options.silent ?? false });
		if (this.#current !== null) return;
		const life = this.#life;
		for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
			this.#current = next.execution;
			await this.#run(next, life);
			if (life !== this.#life) return;
			this.#current = null;
		}
	}

	async #run({ execution, code, silent }: Queued, life: number): Promise<void> {
		this.#record({ type: 'busy', execution });
		if (!silent) {
			this.#count += 1;
			this.#record({ type: 'started', execution, count: this.#count, code, beside: false });
		}
		for (const step of this.#scripts[code] ?? readProgram(code)) {
			// Each step in a turn of its own, so that a test can act in between.
			await new Promise((resolve) => setImmediate(resolve));
			if (life !== this.#life) return;
			if (await this.#take(step, execution)) this.#abortQueue();
			if (life !== this.#life) return;
			if (this.#failed(execution)) break;
		}
		this.#record({ type: 'idle', execution });
	}

	/** `true`: the step ended in an error. */
	async #take(step: Step, execution: string): Promise<boolean> {
		switch (step.kind) {
			case 'say':
				this.#say(step.message, execution);
				return step.message.type === 'error';
			case 'result':
				this.#record({
					type: 'result',
					execution,
					count: this.#count,
					data: { 'text/plain': step.text },
					metadata: {},
					displayId: null
				});
				return false;
			case 'exit':
				this.end({ cause: 'exit', exitCode: step.code });
				return false;
			case 'ask':
				return this.#ask(step.prompt, step.echo, execution);
			case 'wait':
				return this.#hold(execution, step.ms);
			case 'hang':
				return this.#hold(execution, null);
		}
	}

	#say(message: Spoken, execution: string): void {
		this.#record({ ...message, execution });
	}

	#failed(execution: string): boolean {
		const last = this.#tape.at(-1);
		return last?.type === 'error' && last.execution === execution;
	}

	async #ask(prompt: string, echo: boolean, execution: string): Promise<boolean> {
		this.#record({ type: 'input-requested', execution, prompt, password: false });
		const life = this.#life;
		const answer = await new Promise<string | null>((resolve) => (this.#resume = resolve));
		this.#resume = null;
		if (life !== this.#life) return false;
		if (answer === null) return this.#take(raising('KeyboardInterrupt', ''), execution);
		if (echo) this.#say({ type: 'stream', name: 'stdout', text: `${answer}\n` }, execution);
		return false;
	}

	async #hold(execution: string, ms: number | null): Promise<boolean> {
		const life = this.#life;
		const how = await new Promise<string | null>((resolve) => {
			this.#resume = resolve;
			if (ms !== null) setTimeout(() => resolve('over'), ms);
		});
		this.#resume = null;
		if (how !== null || life !== this.#life) return false;
		return this.#take(raising('KeyboardInterrupt', ''), execution);
	}

	/** As the real kernel: what was queued when an error came is answered, but never starts. */
	#abortQueue(): void {
		const aborted = this.#queue;
		this.#queue = [];
		setImmediate(() => {
			for (const { execution } of aborted) {
				this.#record({ type: 'busy', execution });
				this.#record({ type: 'idle', execution });
			}
		});
	}

	async #interrupt(): Promise<void> {
		await Promise.resolve();
		this.#resume?.(null);
	}

	async #restart(): Promise<void> {
		this.#stopProcess();
		await new Promise((resolve) => setImmediate(resolve));
		this.#alive = true;
	}

	#shutdown(): void {
		this.#listener = null;
		this.#stopProcess();
		this.#gone();
	}

	#stopProcess(): void {
		this.#life += 1;
		this.#queue = [];
		this.#current = null;
		this.#count = 0;
		const resume = this.#resume;
		this.#resume = null;
		resume?.(null);
	}
}
