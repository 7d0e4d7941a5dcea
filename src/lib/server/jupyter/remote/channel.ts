/**
 * The tape of a kernel on a foreign server, which keeps none itself: the kernel numbers what it says
 * (kernel/host/elsewhere/reel.py), and whatever does not arrive in order is asked for again. So each
 * message is handed on once and in order, whatever a server or a network dropped in between.
 *
 * A connection that breaks is opened again for as long as the kernel exists; what runs there goes on.
 * Knows numbers and processes, not what a message means.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ChannelEvents, EndReason, KernelChannel } from '../channel';
import type { MimeBundle } from '../port';
import type { RawMessage } from '../translate';
import type { Outgoing } from '../wire';
import type { RemoteAddress } from './address';
import { RemoteFailure } from './failure';
import { Line, OWN } from './line';
import { deathOf, gapAfter, unsentOf } from './notice';
import { readReel, REEL } from './reel';
import { ask } from './request';
import { within } from './within';

/** Milliseconds before each try; the last one goes on. */
const TRIES = [100, 500, 1000, 2000, 5000, 10_000, 15_000];
const REEL_MS = 30_000;
/** From the call for a restart until the kernel is ready; a busy machine needs some seconds. */
const RENEW_MS = 120_000;
const ACK_EVERY_MS = 1000;
/** A server that puts a kernel away does not say so. */
const WATCH_EVERY_MS = 30_000;
const GONE_SOON_MS = 500;
/** As long as a timer can. */
const WHENEVER_MS = 2 ** 31 - 1;

export interface RemoteChannelOptions {
	readonly address: RemoteAddress;
	readonly kernel: string;
	/** `null`: a new process, which is to be set up. */
	readonly after: number | null;
	readonly events: ChannelEvents;
	/** @throws RemoteFailure */
	setUp(line: Line, after: number): Promise<void>;
}

export class RemoteChannel implements KernelChannel {
	readonly #options: RemoteChannelOptions;
	#seen: number;
	#acked = 0;
	#line: Line | null = null;
	/** What is sent now arrives at the process we know. */
	#ready = false;
	#dead = false;
	#ended = false;
	/** We restart it: that its process ends is no news. */
	#renewing = false;
	#unsent: Outgoing[] = [];
	/** Sent, and nothing heard of it yet. */
	readonly #unheard = new Map<string, Outgoing>();
	/** Came before one that is missing. */
	readonly #early = new Map<number, RawMessage>();
	#filling: Promise<void> | null = null;
	#waiting: (() => void)[] = [];
	#acking: NodeJS.Timeout | null = null;
	#watching: NodeJS.Timeout | null = null;

	constructor(options: RemoteChannelOptions) {
		this.#options = options;
		this.#seen = options.after ?? 0;
	}

	/** @throws RemoteFailure for a new kernel only: an old one is looked for until it is found. */
	async open(): Promise<void> {
		if (this.#options.after === null) return this.#begin();
		if (!(await this.#resume())) void this.#resumeSoon();
	}

	reachable(): Promise<void> {
		if (this.#ready || this.#dead || this.#ended) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push(resolve));
	}

	send(message: Outgoing): void {
		if (this.#dead) return;
		if (message.type === 'execute_request') this.#unheard.set(message.id, message);
		if (this.#ready) this.#line?.send(message);
		else this.#unsent.push(message);
	}

	ack(tape: number): void {
		if (tape <= this.#acked) return;
		this.#acked = tape;
		this.#acking ??= setTimeout(() => this.#acknowledge(), ACK_EVERY_MS).unref();
	}

	async renew(restart: () => Promise<unknown>): Promise<void> {
		this.#renewing = true;
		this.#forget();
		this.#hangUp();
		const work = restart().then(() => this.#begin());
		try {
			await within(RENEW_MS, work, () => this.#giveUp());
		} finally {
			this.#renewing = false;
		}
	}

	/** Half a kernel serves nobody. */
	#giveUp(): RemoteFailure {
		this.#finish();
		const address = this.#options.address.url;
		return new RemoteFailure('remote-silent', { address, step: 'restart', said: '' });
	}

	close(): void {
		this.#finish();
	}

	end(reason: EndReason, detail: string): void {
		if (this.#finish()) this.#options.events.end(reason, detail);
	}

	async #begin(): Promise<void> {
		const line = await this.#connect();
		await this.#options.setUp(line, this.#seen);
		this.#dead = false;
		this.#catchUp(line);
	}

	/** `false`: it has to be tried again. */
	async #resume(): Promise<boolean> {
		const { events } = this.#options;
		try {
			if (!(await this.#exists())) return true;
			const line = await this.#connect();
			await this.#fill();
			this.#catchUp(line);
			events.connection?.(null);
			return true;
		} catch (error) {
			if (!(error instanceof RemoteFailure)) throw error;
			if (!this.#ended) events.connection?.(error);
			return this.#ended;
		}
	}

	/** Ends when the server there has no such kernel any more. @throws RemoteFailure */
	async #exists(): Promise<boolean> {
		const { address, kernel } = this.#options;
		const isThere = (await ask(address, `kernels/${kernel}`)) !== null;
		if (!isThere) this.end('kernel-gone', 'the server there has no such kernel');
		return isThere;
	}

	async #look(): Promise<void> {
		if (this.#ended || this.#renewing || !this.#line) return;
		// No answer is no news: the connection's own end is noticed elsewhere.
		await this.#exists().catch((error: unknown) => {
			if (!(error instanceof RemoteFailure)) throw error;
		});
	}

	async #resumeSoon(): Promise<void> {
		for (let tries = 0; ; tries += 1) {
			await wait(TRIES[Math.min(tries, TRIES.length - 1)]);
			if (this.#ended || this.#renewing || this.#line || (await this.#resume())) return;
		}
	}

	async #connect(): Promise<Line> {
		const { address, kernel } = this.#options;
		const line = new Line(address, kernel, {
			message: (raw) => this.#receive(raw),
			end: () => this.#lost(line)
		});
		await line.open();
		if (this.#ended) line.close();
		else this.#line = line;
		this.#watching ??= setInterval(() => void this.#look(), WATCH_EVERY_MS).unref();
		await line.listening();
		return line;
	}

	#lost(line: Line): void {
		if (this.#line !== line) return;
		this.#hangUp();
		if (!this.#renewing) void this.#resumeSoon();
	}

	#hangUp(): void {
		this.#ready = false;
		this.#line?.close();
		this.#line = null;
	}

	/** Everything said so far is here: go on, with what waited and what may not have arrived. */
	#catchUp(line: Line): void {
		if (this.#line !== line || this.#dead) return;
		this.#ready = true;
		this.#wake();
		const unsent = this.#unsent;
		this.#unsent = [];
		const doubtful = [...this.#unheard.values()].filter((message) => !unsent.includes(message));
		unsent.forEach((message) => line.send(message));
		doubtful.forEach((message) => void this.#lookFor(message, line));
		this.#options.events.reopened?.('answers');
	}

	/** The kernel answers in order: when it has, a request that was sent before has come, or never will. */
	async #lookFor({ id, subshell }: Outgoing, line: Line): Promise<void> {
		const where = subshell === undefined ? {} : { subshell };
		const question = { channel: 'shell', type: 'kernel_info_request', content: {} } as const;
		if ((await line.ask({ ...question, ...where }, WHENEVER_MS)) === null) return;
		await this.#fill();
		if (!this.#unheard.delete(id) || this.#ended) return;
		unsentOf(id, this.#seen).forEach((raw) => this.#options.events.message(raw));
	}

	#receive(raw: RawMessage): void {
		if (this.#ended) return;
		if (raw.type === 'shutdown_reply') setTimeout(() => void this.#look(), GONE_SOON_MS).unref();
		else if (!this.#dead) this.#sort(raw);
	}

	#sort(raw: RawMessage): void {
		if (raw.type === 'status' && raw.parent === '') this.#hearOfProcess(raw.content);
		else if (Number.isInteger(raw.tape)) this.#take(raw);
		else if (raw.parentType !== 'execute_request') this.#options.events.message(raw);
		// What has no number and belongs to an execution is the server's word on what it left out.
	}

	#hearOfProcess(content: MimeBundle): void {
		if (this.#renewing || !this.#ready) return;
		const state = content['execution_state'];
		if (state === 'restarting' || state === 'dead') this.#die();
		// Somebody else may have restarted it; its tape tells.
		if (state === 'starting') void this.#fill();
	}

	#take(raw: RawMessage): void {
		if (raw.tape <= this.#seen) return;
		if (raw.tape > this.#seen + 1) {
			this.#early.set(raw.tape, raw);
			void this.#fill();
			return;
		}
		for (let next: RawMessage | undefined = raw; next; next = this.#early.get(this.#seen + 1)) {
			this.#seen = next.tape;
			this.#early.delete(next.tape);
			this.#unheard.delete(next.parent);
			if (!next.parent.startsWith(OWN)) this.#options.events.message(next);
		}
	}

	/** Gets what is missing up to now. */
	#fill(): Promise<void> {
		this.#filling ??= this.#pull().finally(() => (this.#filling = null));
		return this.#filling;
	}

	async #pull(): Promise<void> {
		for (let last = Infinity; this.#seen < last || this.#early.size > 0;) {
			const line = this.#line;
			if (!line || this.#ended || this.#dead) return;
			const asked = this.#seen;
			const reel = await this.#readReel(line);
			if (line !== this.#line || reel === 'silent') return;
			if (reel === 'none') return this.#die();
			last = reel.last;
			const first = Math.max(asked, reel.forgotten);
			if (reel.messages.length === 0 && reel.last > this.#seen) return;
			if (reel.forgotten > this.#seen) this.#skip(reel.forgotten, reel.messages[0]);
			reel.messages.forEach((raw, i) => this.#take({ ...raw, tape: first + i + 1 }));
			[...this.#early.keys()].filter((n) => n <= this.#seen).forEach((n) => this.#early.delete(n));
		}
	}

	/** "none": another process than the one that was set up answers. */
	async #readReel(line: Line) {
		const question = { channel: 'control', type: REEL, content: { after: this.#seen } } as const;
		const other = { ...question, type: 'kernel_info_request', content: {} };
		// Answered in this order; a process that does not know the first question answers the second.
		const reel = line.ask(question, REEL_MS);
		const info = line.ask(other, REEL_MS).then((content) => (content ? 'none' : null));
		const first = await Promise.race([reel, info]);
		return first === null ? 'silent' : first === 'none' ? first : readReel(first);
	}

	#skip(forgotten: number, next: RawMessage | undefined): void {
		this.#seen = forgotten;
		const notice = gapAfter(forgotten, next);
		if (notice) this.#options.events.message(notice);
	}

	#die(): void {
		if (this.#dead || this.#ended) return;
		this.#dead = true;
		this.#forget();
		this.#wake();
		this.#seen += 1;
		this.#options.events.message(deathOf(this.#seen));
	}

	#forget(): void {
		this.#ready = false;
		this.#unsent = [];
		this.#unheard.clear();
		this.#early.clear();
	}

	#wake(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		waiting.forEach((resolve) => resolve());
	}

	#acknowledge(): void {
		this.#acking = null;
		if (!this.#ready) return;
		const content = { forget: this.#acked };
		void this.#line?.ask({ channel: 'control', type: REEL, content }, REEL_MS);
	}

	#finish(): boolean {
		if (this.#ended) return false;
		this.#ended = true;
		if (this.#acking) clearTimeout(this.#acking);
		if (this.#watching) clearInterval(this.#watching);
		this.#hangUp();
		this.#wake();
		return true;
	}
}
