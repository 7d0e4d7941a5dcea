/** A `KernelLink` over a `Channel`: requests out, translated messages in, answers matched by id. */
import { randomUUID } from 'node:crypto';
import type { ChannelEvents, EndReason, KernelChannel } from './channel';
import { JupyterFailure } from './failure';
import type {
	Completion,
	ExecuteOptions,
	KernelLink,
	KernelListener,
	KernelRequest,
	MimeBundle,
	Started
} from './port';
import { toCompletion, toInspection, toPoints } from './reply';
import { findKernel, interruptKernel, restartKernel, type Settings, shutdownKernel } from './rest';
import { type RawMessage, translate } from './translate';
import { Subshell } from './subshell';
import type { Outgoing } from './wire';

/** How the host is asked; read anew each time. */
export interface Way {
	readonly settings: Settings;
	/** Resolves when a host that died was replaced; absent: none will be. */
	renewed?(dead: Settings): Promise<void>;
}

type Message = Pick<Outgoing, 'type' | 'content'> & Partial<Omit<Outgoing, 'session'>>;

/** The first look-up of a kernel loads the library that answers it. */
const LOOKUP_MS = 2000;
const ANSWER = 'answer to ';
/** kernel/host/inside/asking.py */
const ANSWERED = 'tuningfork_answered';

export class Link implements KernelLink {
	readonly kernel: string;
	started: Started | null;
	readonly #way: Way;
	readonly #listener: KernelListener;
	readonly #channel: KernelChannel;
	readonly #session = randomUUID();
	/** Sent, and perhaps lost with a host: not answered yet, or not heard of. By id. */
	readonly #open = new Map<string, Message>();
	readonly #replies = new Map<string, (content: MimeBundle | null) => void>();
	readonly #beside = new Subshell((type) => this.#ask({ channel: 'control', type, content: {} }));
	readonly #onEnd: (link: Link) => void;
	/** While the kernel starts, its death fails the start and is not told as a message. */
	#starting: ((log: MimeBundle) => void) | null = null;

	constructor(options: {
		readonly way: Way;
		readonly kernel: string;
		readonly started: Started | null;
		readonly listener: KernelListener;
		channel(events: ChannelEvents): KernelChannel;
		onEnd(link: Link): void;
	}) {
		const { way, kernel, started, listener, channel, onEnd } = options;
		this.kernel = kernel;
		this.started = started;
		this.#way = way;
		this.#listener = listener;
		this.#onEnd = onEnd;
		this.#channel = channel({
			message: (raw) => this.#receive(raw),
			end: (reason, detail) => this.#lost(reason, detail),
			exists: async () => (await findKernel(kernel, way.settings)) !== null,
			connection: (trouble) => listener.connection?.(trouble),
			reopened: (lost) => this.#sendAgain(lost)
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
		// A kernel runs what has the same id once only, so it may be sent again.
		if (!beside) this.#sendSurely(execution, message);
		else
			void this.#beside.use((subshell) => this.#sendSurely(execution, { ...message, ...subshell }));
	}

	answer(execution: string, question: number, text: string): void {
		// The kernel takes what has the same id once only, so it may be sent again, by the next of us too.
		const id = `${answersTo(execution)}${question}`;
		const content = { status: 'ok', value: text };
		this.#sendSurely(id, { channel: 'stdin', type: 'input_reply', id, content });
	}

	async request(request: KernelRequest): Promise<void> {
		const content = { ...request };
		await this.#inTime(this.#ask({ channel: 'control', type: 'tuningfork_request', content }));
	}

	/** Requests are answered in order: once these are, everything sent before has begun. */
	async settled(): Promise<void> {
		await this.#channel.reachable();
		const nothing = { type: 'kernel_info_request', content: {} };
		const beside = this.#beside
			.find()
			.then((found) => found && this.#ask({ ...nothing, ...found }));
		await Promise.all([this.#inTime(this.#ask(nothing)), this.#inTime(beside)]);
	}

	interrupt(): Promise<void> {
		return this.#tell((settings) => interruptKernel(this.kernel, settings));
	}

	async restart(): Promise<void> {
		this.#forgetReplies();
		await this.#channel.renew(async () => {
			await this.#tell((settings) => restartKernel(this.kernel, settings));
			const facts = await this.#tell((settings) => findKernel(this.kernel, settings));
			this.started = facts?.started ?? null;
			return facts?.tape ?? 0;
		});
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
		await this.#tell((settings) => shutdownKernel(this.kernel, settings));
	}

	detach(): void {
		this.#channel.close();
		this.#forgetReplies();
		this.#onEnd(this);
	}

	#receive(raw: RawMessage): void {
		this.#open.delete(raw.parent);
		if (endsQuestion(raw)) this.#forgetAnswers(raw.parent);
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
			this.#sendSurely(id, { ...message, id });
		});
	}

	/** A call to the host; once more to the next one, if this one dies. */
	async #tell<T>(call: (settings: Settings) => Promise<T>): Promise<T> {
		const { settings } = this.#way;
		try {
			return await call(settings);
		} catch (error) {
			const died = error instanceof JupyterFailure && error.code === 'host-died';
			if (!died || !this.#way.renewed) throw error;
			await this.#way.renewed(settings);
			return call(this.#way.settings);
		}
	}

	/** Sent again if the connection breaks before anything was heard of it. */
	#sendSurely(id: string, message: Message): void {
		this.#open.set(id, message);
		this.#pass(message);
	}

	#sendAgain(lost: 'all' | 'answers'): void {
		const open = [...this.#open].filter(([id]) => lost === 'all' || id.startsWith(ANSWER));
		open.forEach(([, message]) => this.#pass(message));
	}

	#pass(message: Message): void {
		const session = this.#session;
		this.#channel.send({ channel: 'shell', id: randomUUID(), session, ...message });
	}

	#settle(id: string, content: MimeBundle | null): void {
		const resolve = this.#replies.get(id);
		this.#replies.delete(id);
		resolve?.(content);
	}

	#forgetAnswers(execution: string): void {
		const ids = [...this.#open.keys()].filter((id) => id.startsWith(answersTo(execution)));
		ids.forEach((id) => this.#open.delete(id));
	}

	/** The process that would answer is gone, or nobody listens any more. */
	#forgetReplies(): void {
		this.#open.clear();
		this.#beside.forget();
		[...this.#replies.keys()].forEach((id) => this.#settle(id, null));
	}
}

/** Output does not: it may have been printed before the question was asked, or by another thread. */
function endsQuestion({ type, content }: RawMessage): boolean {
	const ends = type === 'status' && content['execution_state'] === 'idle';
	return ends || type === ANSWERED || type === 'input_request';
}

function answersTo(execution: string): string {
	return `${ANSWER}${execution} `;
}
