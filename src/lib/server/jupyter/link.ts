/** A `KernelLink` over a `Channel`: requests out, translated messages in, answers matched by id. */
import { randomUUID } from 'node:crypto';
import { Channel, type EndReason } from './channel';
import type { HostDescription } from './description';
import type {
	Completion,
	ExecuteOptions,
	KernelLink,
	KernelListener,
	KernelRequest,
	MimeBundle
} from './port';
import { toCompletion, toInspection, toPoints } from './reply';
import { findKernel, interruptKernel, restartKernel, type Settings, shutdownKernel } from './rest';
import { type RawMessage, translate } from './translate';
import { Subshell } from './subshell';
import { encode, type Outgoing } from './wire';

type Message = Pick<Outgoing, 'type' | 'content'> & Partial<Omit<Outgoing, 'session'>>;

/** The first look-up of a kernel loads the library that answers it. */
const LOOKUP_MS = 2000;

export class Link implements KernelLink {
	readonly kernel: string;
	readonly #settings: Settings;
	readonly #listener: KernelListener;
	readonly #channel: Channel;
	readonly #session = randomUUID();
	readonly #replies = new Map<string, (content: MimeBundle | null) => void>();
	readonly #beside = new Subshell((type) => this.#ask({ channel: 'control', type, content: {} }));
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
			void this.#ask({ type: 'kernel_info_request', content: {} }).then((content) => {
				this.#starting = null;
				resolve(content === null ? { log: 'The connection ended.' } : null);
			});
		});
	}

	execute(execution: string, code: string, options: ExecuteOptions = {}): void {
		const { silent = false, storeHistory = !silent, beside = false, goOn = false } = options;
		const message = {
			type: 'execute_request',
			id: execution,
			metadata: goOn ? { tuningfork: { go_on: true } } : {},
			content: {
				code,
				silent,
				store_history: storeHistory,
				user_expressions: {},
				allow_stdin: true,
				stop_on_error: true
			}
		};
		if (!beside) this.#send(message);
		else void this.#beside.use((subshell) => this.#send({ ...message, ...subshell }));
	}

	answer(text: string): void {
		const content = { status: 'ok', value: text };
		this.#send({ channel: 'stdin', type: 'input_reply', content });
	}

	async request(request: KernelRequest): Promise<void> {
		const content = { ...request };
		await this.#inTime(this.#ask({ channel: 'control', type: 'tuningfork_request', content }));
	}

	/** Requests are answered in order: once these are, everything sent before has begun. */
	async settled(): Promise<void> {
		const nothing = { type: 'kernel_info_request', content: {} };
		const beside = this.#beside
			.find()
			.then((found) => found && this.#ask({ ...nothing, ...found }));
		await Promise.all([this.#inTime(this.#ask(nothing)), this.#inTime(beside)]);
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
		const reply = await this.#inTime(this.#ask({ type: 'complete_request', content }));
		return toCompletion(code, cursor, reply);
	}

	async inspect(code: string, cursor: number): Promise<MimeBundle | null> {
		const content = { code, cursor_pos: toPoints(code, cursor), detail_level: 0 };
		return toInspection(await this.#inTime(this.#ask({ type: 'inspect_request', content })));
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

	#inTime(answer: Promise<MimeBundle | null>): Promise<MimeBundle | null> {
		const late = new Promise<null>((resolve) => setTimeout(resolve, LOOKUP_MS, null).unref());
		return Promise.race([answer, late]);
	}

	#ask(message: Message): Promise<MimeBundle | null> {
		const id = randomUUID();
		return new Promise((resolve) => {
			this.#replies.set(id, resolve);
			this.#send({ ...message, id });
		});
	}

	#send(message: Message): void {
		const session = this.#session;
		this.#channel.send(encode({ channel: 'shell', id: randomUUID(), session, ...message }));
	}

	#settle(id: string, content: MimeBundle | null): void {
		const resolve = this.#replies.get(id);
		this.#replies.delete(id);
		resolve?.(content);
	}

	/** The process that would answer is gone, or nobody listens any more. */
	#forgetReplies(): void {
		this.#beside.forget();
		[...this.#replies.keys()].forEach((id) => this.#settle(id, null));
	}
}
