/**
 * The page's end of the port to one frame. What comes in is checked in shape and size, and counted: a
 * frame that talks without end is not listened to.
 */
import { readMessage, type FromFrame, type ToFrame } from './message';

/** Messages that a frame may send in a second; one that redraws all the time needs about sixty. */
const RATE = 200;
/** The page asks these itself, so they do not count. */
const ANSWERS = new Set(['pong', 'shown', 'ready']);

export class Channel {
	readonly #port: MessagePort;
	readonly #onmessage: (message: FromFrame) => void;
	readonly #waiting = new Map<number, (acts: number) => void>();
	#asked = 0;
	#heard = 0;
	#since = 0;

	/** Call it when the frame's document has come: only then its own script is there to take the port. */
	constructor(frame: HTMLIFrameElement, onmessage: (message: FromFrame) => void) {
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		this.#onmessage = onmessage;
		port1.onmessage = ({ data }) => this.#receive(readMessage(data));
		frame.contentWindow?.postMessage('begin', '*', [port2]);
	}

	send(message: ToFrame): void {
		this.#port.postMessage(message);
	}

	/** How often the reader has pressed into the frame; never answers if the frame does not. */
	acts(): Promise<number> {
		const number = (this.#asked += 1);
		this.send({ type: 'ping', number });
		return new Promise((resolve) => this.#waiting.set(number, resolve));
	}

	close(): void {
		this.#port.close();
	}

	#receive(message: FromFrame | null): void {
		if (!message || (!ANSWERS.has(message.type) && this.#isTooMuch())) return;
		if (message.type !== 'pong') return this.#onmessage(message);
		this.#waiting.get(message.number)?.(message.acts);
		this.#waiting.delete(message.number);
	}

	#isTooMuch(): boolean {
		const now = performance.now();
		if (now - this.#since > 1000) [this.#since, this.#heard] = [now, 0];
		this.#heard += 1;
		return this.#heard > RATE;
	}
}
