/**
 * The stream of events from the server, kept open while the page is looked at.
 *
 * The browser's `EventSource` would reconnect by itself, but says nothing while it does, notices a
 * silent line late and cannot be told that the network is back. So this class opens a fresh one
 * each time, from the number the page has, and always knows how things stand.
 */
import type { Frame } from '$lib/protocol/frame';
import { backoff } from './backoff';

export type Line =
	| { readonly type: 'connected' }
	/** Trying now, or again at `at` (milliseconds since 1970). */
	| { readonly type: 'reconnecting'; readonly at: number }
	| { readonly type: 'offline' }
	| { readonly type: 'hidden' }
	/** The server ended it for good: too many pages watch. Only the learner opens it again. */
	| { readonly type: 'sent-away' }
	| { readonly type: 'signed-out' };

/** The part of `EventSource` that is used here. */
export interface Source {
	addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
	close(): void;
}

export interface StreamPorts {
	open(): Source;
	/** HTTP status of the stream's address; 0: no answer. Tells a closed door from a lost line. */
	probe(): Promise<number>;
	isOnline(): boolean;
	now(): number;
	random(): number;
	/** `false`: entries are missing, open again. */
	onframe(frame: Frame): boolean;
	onchange(line: Line): void;
}

/** The server speaks at least every 5 s; after this much silence the line is taken for dead. */
export const SILENCE = 15_000;
const FRAMES = ['snapshot', 'entries', 'ping', 'trouble', 'farewell'] as const;

export class EventStream {
	readonly #ports: StreamPorts;
	#source: Source | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#failures = 0;
	#shown = true;
	/** Another page has taken its place. */
	#isSentAway = false;

	constructor(ports: StreamPorts) {
		this.#ports = ports;
	}

	/** The page is looked at (again). */
	show(): void {
		this.#shown = true;
		this.#failures = 0;
		if (!this.#source && !this.#isSentAway) this.#connect();
	}

	/** Nobody looks: give the connection back. Browsers allow six to one address. */
	hide(): void {
		this.#shown = false;
		this.#drop();
		if (!this.#isSentAway) this.#ports.onchange({ type: 'hidden' });
	}

	/** The network came back, or the learner asked: do not wait any longer. */
	retry(): void {
		if (!this.#shown || this.#isSentAway) return;
		this.#failures = 0;
		this.#drop();
		this.#connect();
	}

	/** The learner wants it here, and not in another tab. */
	goOn(): void {
		this.#isSentAway = false;
		this.retry();
	}

	close(): void {
		this.#shown = false;
		this.#drop();
	}

	#connect(): void {
		const source = this.#ports.open();
		this.#source = source;
		this.#listenForSilence();
		source.addEventListener('open', () => this.#heard(source));
		source.addEventListener('error', () => this.#lost(source));
		for (const type of FRAMES) {
			source.addEventListener(type, ({ data }) => this.#frame(source, String(data)));
		}
	}

	#frame(source: Source, data: string): void {
		if (source !== this.#source) return;
		const frame = JSON.parse(data) as Frame;
		if (frame.type === 'farewell') return this.#sendAway();
		this.#heard(source);
		if (!this.#ports.onframe(frame)) this.retry();
	}

	#sendAway(): void {
		this.#isSentAway = true;
		this.#drop();
		this.#ports.onchange({ type: 'sent-away' });
	}

	#heard(source: Source): void {
		if (source !== this.#source) return;
		this.#failures = 0;
		this.#ports.onchange({ type: 'connected' });
		this.#listenForSilence();
	}

	#listenForSilence(): void {
		clearTimeout(this.#timer);
		const source = this.#source;
		this.#timer = setTimeout(() => source && this.#lost(source), SILENCE);
	}

	#lost(source: Source): void {
		if (source !== this.#source) return;
		this.#drop();
		this.#failures += 1;
		this.#wait();
		void this.#checkDoor();
	}

	#wait(): void {
		const pause = backoff(this.#failures, this.#ports.random());
		const line: Line = this.#ports.isOnline()
			? { type: 'reconnecting', at: this.#ports.now() + pause }
			: { type: 'offline' };
		this.#ports.onchange(line);
		this.#timer = setTimeout(() => this.#connect(), pause);
	}

	async #checkDoor(): Promise<void> {
		const status = await this.#ports.probe();
		if ((status === 401 || status === 403) && !this.#source && this.#shown) {
			clearTimeout(this.#timer);
			this.#ports.onchange({ type: 'signed-out' });
		}
	}

	#drop(): void {
		clearTimeout(this.#timer);
		this.#source?.close();
		this.#source = null;
	}
}
