/**
 * The stream of one kernel's tape, kept open: if the connection breaks while the kernel lives, it is
 * opened again after the last message seen, so none is missing and none comes twice; at the next
 * host, if the one that was has died. Ends once, with a reason. Knows frames and numbers, not what a
 * message means.
 */
import type { RawData, WebSocket } from 'ws';
import type { HostDescription } from './description';
import { JupyterFailure } from './failure';
import { openChannel, PROTOCOL } from './socket';
import type { RawMessage } from './translate';
import { decode, encode, type Outgoing, unreadable } from './wire';

export type EndReason = 'host-died' | 'kernel-gone';

export interface ChannelEvents {
	message(raw: RawMessage): void;
	end(reason: EndReason, detail: string): void;
	/** Is the kernel still there? Rejects when the host does not answer. */
	exists(): Promise<boolean>;
	/** The way to the kernel is cut, or open again; the kernel goes on. */
	connection?(trouble: Error | null): void;
	/**
	 * Open again: what nothing was heard of since may have been lost.
	 * @param lost "answers": requests are looked after already, answers to questions are not
	 */
	reopened?(lost: 'all' | 'answers'): void;
}

/** Where the kernel is to be found, now and after its host has died. */
export interface HostSource {
	readonly host: HostDescription;
	/** Resolves when another host has taken its place. @throws when none can be had */
	renewed(dead: HostDescription): Promise<void>;
}

/** What brings a kernel's messages, each once and in order, and takes ours. */
export interface KernelChannel {
	open(): Promise<void>;
	/** Resolves when the kernel can be reached, or never will be. */
	reachable(): Promise<void>;
	send(message: Outgoing): void;
	ack(tape: number): void;
	/** @param restart starts a new process; gives the number of the last message of the old one */
	renew(restart: () => Promise<number>): Promise<void>;
	close(): void;
	end(reason: EndReason, detail: string): void;
}

/** Codes with which the host closes a channel for good (kernel/host/channel.py). */
const FINAL: Readonly<Record<number, string>> = {
	4001: 'another web process reads this kernel now',
	4002: 'the messages asked for were acknowledged before and are gone',
	4004: 'the kernel was shut down'
};
const REOPEN_TRIES = 20;
const REOPEN_WAIT_MS = 100;

export class Channel implements KernelChannel {
	readonly #source: HostSource;
	readonly #kernel: string;
	readonly #events: ChannelEvents;
	#seen: number;
	#acked = 0;
	#ended = false;
	/** Attempts to open again since the last message. */
	#failures = 0;
	#socket: WebSocket | null = null;
	#unsent: (string | ArrayBuffer)[] = [];
	#waiting: { readonly tape: number; resolve(): void }[] = [];

	constructor(source: HostSource, kernel: string, after: number, events: ChannelEvents) {
		this.#source = source;
		this.#kernel = kernel;
		this.#seen = after;
		this.#events = events;
	}

	async open(): Promise<void> {
		const socket = openChannel(this.#source.host, this.#kernel, this.#seen);
		socket.binaryType = 'arraybuffer';
		socket.on('message', (data) => this.#receive(data));
		await opened(socket);
		if (this.#ended) return socket.terminate();
		this.#socket = socket;
		socket.on('close', (code) => void this.#closed(code));
		socket.on('error', () => socket.terminate());
		this.#catchUp(socket);
	}

	/** It is on this machine; what is sent while its host is replaced is sent again. */
	reachable(): Promise<void> {
		return Promise.resolve();
	}

	send(message: Outgoing): void {
		const frame = encode(message, PROTOCOL);
		if (this.#socket) this.#socket.send(frame);
		else this.#unsent.push(frame);
	}

	ack(tape: number): void {
		if (tape <= this.#acked) return;
		this.#acked = tape;
		this.#socket?.send(JSON.stringify({ ack: tape }));
	}

	/** What the old process said came before: it is handed on before the new one counts as there. */
	async renew(restart: () => Promise<number>): Promise<void> {
		await this.#reached(await restart());
	}

	/** Ends quietly: no `end` event. */
	close(): void {
		this.#finish();
	}

	/** Ends with a reason, whatever the connection says. */
	end(reason: EndReason, detail: string): void {
		if (this.#finish()) this.#events.end(reason, detail);
	}

	/** Resolves when message `tape` has been seen, or when the channel has ended. */
	#reached(tape: number): Promise<void> {
		if (this.#ended || this.#seen >= tape) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push({ tape, resolve }));
	}

	#receive(data: RawData): void {
		if (this.#ended || !(data instanceof ArrayBuffer)) return;
		const raw = decode(data, PROTOCOL) ?? unreadable(this.#seen + 1);
		if (raw.tape !== this.#seen + 1) {
			this.end('kernel-gone', `message ${raw.tape} came after message ${this.#seen}`);
			return;
		}
		this.#seen = raw.tape;
		this.#failures = 0;
		this.#events.message(raw);
		this.#wake();
	}

	#wake(): void {
		if (this.#waiting.length === 0) return;
		const due = this.#waiting.filter(({ tape }) => this.#ended || tape <= this.#seen);
		this.#waiting = this.#waiting.filter((entry) => !due.includes(entry));
		due.forEach(({ resolve }) => resolve());
	}

	#catchUp(socket: WebSocket): void {
		if (this.#acked > 0) socket.send(JSON.stringify({ ack: this.#acked }));
		this.#unsent.forEach((frame) => socket.send(frame));
		this.#unsent = [];
	}

	async #closed(code: number): Promise<void> {
		this.#socket = null;
		const final = FINAL[code];
		if (final !== undefined) this.end('kernel-gone', final);
		while (!this.#ended && this.#failures < REOPEN_TRIES) {
			this.#failures += 1;
			if (await this.#reopened()) return;
			await new Promise((resolve) => setTimeout(resolve, REOPEN_WAIT_MS));
		}
		this.end('kernel-gone', 'the connection could not be kept open');
	}

	async #reopened(): Promise<boolean> {
		const { host } = this.#source;
		try {
			if (!(await this.#events.exists())) this.end('kernel-gone', 'the host has no such kernel');
		} catch (error) {
			await this.#moved(host, error);
			return this.#ended;
		}
		if (this.#ended) return true;
		// Whatever waits here is sent again with the rest.
		this.#unsent = [];
		return this.open().then(
			() => this.#goOn(),
			() => false
		);
	}

	#goOn(): true {
		this.#events.connection?.(null);
		this.#events.reopened?.('all');
		return true;
	}

	/** The host does not answer: the next one has the kernel. */
	async #moved(dead: HostDescription, error: unknown): Promise<void> {
		if (this.#ended) return;
		const detail = error instanceof Error ? error.message : String(error);
		this.#events.connection?.(new JupyterFailure('host-replaced', detail));
		try {
			await this.#source.renewed(dead);
			this.#failures = 0;
		} catch (reason) {
			this.#events.connection?.(null);
			this.end('host-died', reason instanceof Error ? reason.message : detail);
		}
	}

	#finish(): boolean {
		if (this.#ended) return false;
		this.#ended = true;
		this.#socket?.close();
		this.#socket = null;
		this.#wake();
		return true;
	}
}

function opened(socket: WebSocket): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.once('open', () => {
			socket.off('error', reject);
			resolve();
		});
		socket.once('error', reject);
	});
}
