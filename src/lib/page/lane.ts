/**
 * Commands on their way to the server: one after the other, in the order they were given.
 *
 * A command keeps its id until it is answered, so that it may be sent again over a bad network and
 * is still carried out once. It is built only when its turn comes, from what is true then. Knows
 * nothing of lessons or of HTTP.
 */
import type { Command, CommandReply, CommandRequest } from '$lib/protocol/command';
import { backoff } from './backoff';

/** What became of one attempt. */
export type Delivery =
	| { readonly type: 'answered'; readonly reply: CommandReply }
	| { readonly type: 'signed-out' }
	| { readonly type: 'unreachable' };

export interface Outgoing {
	/** `null`: there is no longer anything to ask. */
	build(): Promise<Command | null> | Command | null;
	/** The next command waits for what this promises. */
	answered(reply: CommandReply): Promise<void> | void;
}

export interface LanePorts {
	readonly viewer: string;
	post(request: CommandRequest): Promise<Delivery>;
	newId(): string;
	random(): number;
	/** Called with each attempt's outcome. */
	ondelivery(delivery: Delivery): void;
}

export class Lane {
	readonly #ports: LanePorts;
	readonly #waiting: Outgoing[] = [];
	#busy = false;
	#closed = false;
	#wake: (() => void) | null = null;

	constructor(ports: LanePorts) {
		this.#ports = ports;
	}

	add(outgoing: Outgoing): void {
		this.#waiting.push(outgoing);
		if (!this.#busy) void this.#drain();
	}

	/** The network is back: do not wait any longer. */
	wake(): void {
		this.#wake?.();
	}

	close(): void {
		this.#closed = true;
		this.#waiting.length = 0;
		this.wake();
	}

	async #drain(): Promise<void> {
		this.#busy = true;
		for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
			const command = await next.build();
			const reply = command && (await this.#deliver(command));
			if (reply) await next.answered(reply);
		}
		this.#busy = false;
	}

	async #deliver(command: Command): Promise<CommandReply | null> {
		const request = { id: this.#ports.newId(), viewer: this.#ports.viewer, command };
		for (let failures = 0; !this.#closed;) {
			const delivery = await this.#ports.post(request);
			this.#ports.ondelivery(delivery);
			if (delivery.type === 'answered') return delivery.reply;
			failures += 1;
			await this.#pause(backoff(failures, this.#ports.random()));
		}
		return null;
	}

	async #pause(milliseconds: number): Promise<void> {
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, milliseconds);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
		this.#wake = null;
	}
}
