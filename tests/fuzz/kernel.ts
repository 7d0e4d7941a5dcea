/**
 * A kernel that says what a story tells it to: the true link on a channel without a socket. What the
 * app asks for is written down, so that messages can be about it.
 */
import type { ChannelEvents, KernelChannel } from '../../src/lib/server/jupyter/channel';
import { Link } from '../../src/lib/server/jupyter/link';
import type {
	AttachOptions,
	KernelHost,
	KernelLink,
	KernelListener,
	StartOptions
} from '../../src/lib/server/jupyter/port';
import type { Settings } from '../../src/lib/server/jupyter/rest';
import { PROTOCOL } from '../../src/lib/server/jupyter/socket';
import { decode, type Outgoing, unreadable } from '../../src/lib/server/jupyter/wire';
import { toFrame } from './bytes';
import type { Message } from './story';
import type { Fields } from './value';

const LIBRARY = '~library';
const ANSWERS: Readonly<Record<string, Fields>> = {
	kernel_info_request: { status: 'ok' },
	tuningfork_request: { status: 'ok' },
	list_subshell_request: { subshell_id: ['sub'] }
};

/** As `Channel` (jupyter/channel.ts), without the WebSocket. */
class StoryChannel implements KernelChannel {
	readonly #kernel: StoryKernel;
	readonly #events: ChannelEvents;
	#seen: number;
	#ended = false;

	constructor(kernel: StoryKernel, after: number, events: ChannelEvents) {
		this.#kernel = kernel;
		this.#seen = after;
		this.#events = events;
	}

	open(): Promise<void> {
		this.#kernel.channel = this;
		return Promise.resolve();
	}

	reachable(): Promise<void> {
		return Promise.resolve();
	}

	receive(frame: ArrayBuffer): void {
		if (this.#ended) return;
		const raw = decode(frame, PROTOCOL) ?? unreadable(this.#seen + 1);
		if (raw.tape !== this.#seen + 1) return this.end('kernel-gone', 'not the next number');
		this.#seen = raw.tape;
		this.#events.message(raw);
	}

	send(message: Outgoing): void {
		this.#kernel.asked(message);
	}

	ack(): void {
		return;
	}

	renew(): Promise<void> {
		return Promise.resolve();
	}

	close(): void {
		this.#ended = true;
	}

	end(reason: 'host-died' | 'kernel-gone', detail: string): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#events.end(reason, detail);
	}
}

class StoryLink extends Link {
	override interrupt(): Promise<void> {
		return Promise.resolve();
	}

	override shutdown(): Promise<void> {
		this.detach();
		return Promise.resolve();
	}
}

/** What a kernel knows of what was asked of it, and how it says something. */
export class StoryKernel {
	readonly id: string;
	/** Where its messages go. */
	channel: { receive(frame: ArrayBuffer): void } | null = null;
	readonly #executions: string[];
	#tape = 0;

	constructor(id: string, executions: string[]) {
		this.id = id;
		this.#executions = executions;
	}

	asked({ type, id, content }: Pick<Outgoing, 'type' | 'id' | 'content'>): void {
		if (type === 'execute_request' && !id.startsWith(LIBRARY)) this.#executions.push(id);
		const answer = ANSWERS[type];
		if (answer)
			setImmediate(() => this.#answer(type.replace('_request', '_reply'), id, type, answer));
		if (type === 'execute_request' && id.startsWith(LIBRARY) && 'code' in content)
			setImmediate(() => this.#answer('status', id, type, { execution_state: 'idle' }));
	}

	say(message: Message): ArrayBuffer {
		this.#tape += 1;
		const run = (back: number) => runOf(this.#executions, back);
		const frame = toFrame(message, this.#tape, run);
		this.channel?.receive(frame);
		return frame;
	}

	#answer(type: string, parent: string, parentType: string, content: Fields): void {
		this.say({ do: 'message', type, parent, parentType, content });
	}
}

/** The execution so many before the last one. */
export function runOf(executions: readonly string[], back: number): string {
	return executions.at(-1 - back) ?? `nobody.${back}`;
}

export class StoryHost implements KernelHost {
	readonly startsSafely = true;
	/** Ids of all executions of cells that the app asked for. */
	readonly executions: string[] = [];
	readonly #kernels = new Map<string, StoryKernel>();
	#now: StoryKernel | null = null;

	prepare(): Promise<void> {
		return Promise.resolve();
	}

	async start({ listener, stage }: StartOptions): Promise<KernelLink> {
		stage('python');
		const id = `story-${this.#kernels.size + 1}`;
		const kernel = new StoryKernel(id, this.executions);
		this.#kernels.set(id, kernel);
		return this.#link(kernel, 0, listener);
	}

	async attach({ kernel, after, listener }: AttachOptions): Promise<KernelLink | null> {
		const found = this.#kernels.get(kernel);
		return found ? this.#link(found, after, listener) : null;
	}

	endOthers(): Promise<void> {
		return Promise.resolve();
	}

	stop(): Promise<void> {
		return Promise.resolve();
	}

	/** Says it; gives its bytes. */
	say(message: Message): ArrayBuffer {
		return this.#now?.say(message) ?? new ArrayBuffer(0);
	}

	async #link(kernel: StoryKernel, after: number, listener: KernelListener): Promise<KernelLink> {
		this.#now = kernel;
		const link = new StoryLink({
			// Nobody is asked over the network here.
			way: { settings: {} as Settings },
			kernel: kernel.id,
			started: 'forked',
			listener,
			channel: (events) => new StoryChannel(kernel, after, events),
			onEnd: () => undefined
		});
		await link.open();
		return link;
	}
}
