/**
 * The stream of one kernel's tape, kept open: if the connection breaks while host and kernel live,
 * it is opened again after the last message seen, so none is missing and none comes twice.
 * Ends once, with a reason. Knows frames and numbers, not what a message means.
 */
import type { RawData, WebSocket } from 'ws';
import type { HostDescription } from './description';
import { openChannel } from './socket';
import type { RawMessage } from './translate';
import { decode } from './wire';

export type EndReason = 'host-died' | 'kernel-gone';

export interface ChannelEvents {
	message(raw: RawMessage): void;
	end(reason: EndReason, detail: string): void;
	/** Is the kernel still there? Rejects when the host does not answer. */
	exists(): Promise<boolean>;
}

/** Codes with which the host closes a channel for good (kernel/host/channel.py). */
const FINAL: Readonly<Record<number, string>> = {
	4001: 'another web process reads this kernel now',
	4002: 'the messages asked for were acknowledged before and are gone',
	4004: 'the kernel was shut down'
};
const REOPEN_TRIES = 20;
const REOPEN_WAIT_MS = 100;

export class Channel {
	readonly #host: HostDescription;
	readonly #kernel: string;
	readonly #events: ChannelEvents;
	#seen: number;
	#acked = 0;
	#ended = false;
	/** Attempts to open again since the last message. */
	#failures = 0;
	#socket: WebSocket | null = null;
	#unsent: ArrayBuffer[] = [];
	#waiting: { readonly tape: number; resolve(): void }[] = [];

	constructor(host: HostDescription, kernel: string, after: number, events: ChannelEvents) {
		this.#host = host;
		this.#kernel = kernel;
		this.#seen = after;
		this.#events = events;
	}

	async open(): Promise<void> {
		const socket = openChannel(this.#host, this.#kernel, this.#seen);
		socket.binaryType = 'arraybuffer';
		socket.on('message', (data) => this.#receive(data));
		await opened(socket);
		if (this.#ended) return socket.terminate();
		this.#socket = socket;
		socket.on('close', (code) => void this.#closed(code));
		socket.on('error', () => socket.terminate());
		this.#catchUp(socket);
	}

	send(frame: ArrayBuffer): void {
		if (this.#socket) this.#socket.send(frame);
		else this.#unsent.push(frame);
	}

	ack(tape: number): void {
		if (tape <= this.#acked) return;
		this.#acked = tape;
		this.#socket?.send(JSON.stringify({ ack: tape }));
	}

	/** Resolves when message `tape` has been seen, or when the channel has ended. */
	seen(tape: number): Promise<void> {
		if (this.#ended || this.#seen >= tape) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push({ tape, resolve }));
	}

	/** Ends quietly: no `end` event. */
	close(): void {
		this.#finish();
	}

	/** Ends with a reason, whatever the connection says. */
	end(reason: EndReason, detail: string): void {
		if (this.#finish()) this.#events.end(reason, detail);
	}

	#receive(data: RawData): void {
		if (this.#ended || !(data instanceof ArrayBuffer)) return;
		const raw = decode(data);
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
		try {
			if (!(await this.#events.exists())) this.end('kernel-gone', 'the host has no such kernel');
		} catch (error) {
			this.end('host-died', error instanceof Error ? error.message : String(error));
		}
		if (this.#ended) return true;
		return this.open().then(
			() => true,
			() => false
		);
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
