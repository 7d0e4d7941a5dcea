/** A `KernelLink` over a `Channel`: requests out, translated messages in, answers matched by id. */
import { randomUUID } from 'node:crypto';
import { Channel, type EndReason } from './channel';
import type { HostDescription } from './description';
import type { Completion, ExecuteOptions, KernelLink, KernelListener, MimeBundle } from './port';
import { toCompletion, toInspection, toPoints } from './reply';
import { findKernel, interruptKernel, restartKernel, type Settings, shutdownKernel } from './rest';
import { type RawMessage, translate } from './translate';
import { encode } from './wire';

/** The first look-up of a kernel loads the library that answers it. */
const LOOKUP_MS = 2000;

export class Link implements KernelLink {
	readonly kernel: string;
	readonly #settings: Settings;
	readonly #listener: KernelListener;
	readonly #channel: Channel;
	readonly #session = randomUUID();
	readonly #replies = new Map<string, (content: MimeBundle | null) => void>();
	readonly #onEnd: (link: Link) => void;
	/** While the kernel starts, its death fails the start and is not told as a message. */
	#starting: ((log: MimeBundle) => void) | null = null;

	constructor(options: {
		readonly host: HostDescription;
		readonly settings: Settings;
		readonly kernel: string;
		readonly after: number;
		readonly listener: KernelListener;
		onEnd(link: Link): void;
	}) {
		const { host, settings, kernel, after, listener, onEnd } = options;
		this.kernel = kernel;
		this.#settings = settings;
		this.#listener = listener;
		this.#onEnd = onEnd;
		this.#channel = new Channel(host, kernel, after, {
			message: (raw) => this.#receive(raw),
			end: (reason, detail) => this.#lost(reason, detail),
			exists: async () => (await findKernel(kernel, settings)) !== null
		});
	}

	open(): Promise<void> {
		return this.#channel.open();
	}

	/** Resolves with `null` when the kernel answers, or with the facts of its death. */
	firstAnswer(): Promise<MimeBundle | null> {
		return new Promise((resolve) => {
			this.#starting = resolve;
			void this.#ask('kernel_info_request', {}).then((content) => {
				this.#starting = null;
				resolve(content === null ? { log: 'The connection ended.' } : null);
			});
		});
	}

	execute(execution: string, code: string, options: ExecuteOptions = {}): void {
		this.#send('shell', 'execute_request', execution, {
			code,
			silent: options.silent ?? false,
			store_history: options.storeHistory ?? !(options.silent ?? false),
			user_expressions: {},
			allow_stdin: true,
			stop_on_error: true
		});
	}

	answer(text: string): void {
		this.#send('stdin', 'input_reply', randomUUID(), { status: 'ok', value: text });
	}

	interrupt(): Promise<void> {
		return interruptKernel(this.kernel, this.#settings);
	}

	async restart(): Promise<void> {
		this.#forgetReplies();
		await restartKernel(this.kernel, this.#settings);
		// What the old process said came before: hand it on before saying that the new one is there.
		const facts = await findKernel(this.kernel, this.#settings);
		await this.#channel.seen(facts?.tape ?? 0);
	}

	async complete(code: string, cursor: number): Promise<Completion> {
		const content = { code, cursor_pos: toPoints(code, cursor) };
		return toCompletion(code, cursor, await this.#lookUp('complete_request', content));
	}

	async inspect(code: string, cursor: number): Promise<MimeBundle | null> {
		const content = { code, cursor_pos: toPoints(code, cursor), detail_level: 0 };
		return toInspection(await this.#lookUp('inspect_request', content));
	}

	ack(tape: number): void {
		this.#channel.ack(tape);
	}

	async shutdown(): Promise<void> {
		this.detach();
		await shutdownKernel(this.kernel, this.#settings);
	}

	detach(): void {
		this.#channel.close();
		this.#forgetReplies();
		this.#onEnd(this);
	}

	/** The host is known to be gone, whatever the connection says. */
	hostDied(detail: string): void {
		this.#channel.end('host-died', detail);
	}

	#receive(raw: RawMessage): void {
		if (raw.type.endsWith('_reply')) this.#settle(raw.parent, raw.content);
		if (raw.type === 'tuningfork_died') this.#forgetReplies();
		if (raw.type === 'tuningfork_died' && this.#starting) {
			this.#starting(raw.content);
			return;
		}
		const message = translate(raw);
		if (message) this.#listener.message(message, raw.tape);
	}

	#lost(reason: EndReason, detail: string): void {
		this.#forgetReplies();
		this.#onEnd(this);
		this.#listener.lost(reason, detail);
	}

	#lookUp(type: string, content: MimeBundle): Promise<MimeBundle | null> {
		const late = new Promise<null>((resolve) => setTimeout(resolve, LOOKUP_MS, null).unref());
		return Promise.race([this.#ask(type, content), late]);
	}

	#ask(type: string, content: MimeBundle): Promise<MimeBundle | null> {
		const id = randomUUID();
		return new Promise((resolve) => {
			this.#replies.set(id, resolve);
			this.#send('shell', type, id, content);
		});
	}

	#send(channel: 'shell' | 'stdin', type: string, id: string, content: MimeBundle): void {
		this.#channel.send(encode({ channel, type, id, session: this.#session, content }));
	}

	#settle(id: string, content: MimeBundle | null): void {
		const resolve = this.#replies.get(id);
		this.#replies.delete(id);
		resolve?.(content);
	}

	#forgetReplies(): void {
		[...this.#replies.keys()].forEach((id) => this.#settle(id, null));
	}
}
