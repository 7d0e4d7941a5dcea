/**
 * One WebSocket to one kernel of another server, from its opening to its end. It passes on what the
 * kernel says, matches answers to questions, and notices when the other side has gone silent.
 * Knows nothing of numbers and tapes, and does not open itself again.
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { MimeBundle } from '../port';
import type { RawMessage } from '../translate';
import { decode, encode, type Outgoing } from '../wire';
import type { RemoteAddress } from './address';
import { failureOf } from './answer';
import { RemoteFailure } from './failure';
import { openSocket } from './request';
import { PROTOCOL } from '../socket';

/** Far below what proxies allow a silent connection. */
const PING_MS = 20_000;
const LISTEN_TRIES = 20;
const LISTEN_MS = 300;

/** The ids of our own questions begin with this. */
export const OWN = 'tuningfork-';

export type Question = Pick<Outgoing, 'channel' | 'type' | 'content'> & {
	readonly subshell?: string;
};

export interface LineEvents {
	/** Nothing that answers a question of this line's own. */
	message(raw: RawMessage): void;
	/** Once, unless it was closed here. */
	end(): void;
}

export class Line {
	readonly #session = randomUUID();
	readonly #events: LineEvents;
	readonly #address: RemoteAddress;
	readonly #kernel: string;
	#socket: WebSocket;
	readonly #answers = new Map<string, (content: MimeBundle | null) => void>();
	/** Questions whose echo on iopub has not come yet. */
	readonly #echoes = new Map<string, () => void>();
	#alive = true;
	#pinging: NodeJS.Timeout | null = null;
	#ended = false;

	constructor(address: RemoteAddress, kernel: string, events: LineEvents) {
		this.#address = address;
		this.#kernel = kernel;
		this.#events = events;
		this.#socket = this.#dial([PROTOCOL]);
	}

	/** @throws RemoteFailure */
	async open(): Promise<void> {
		const { url } = this.#address;
		const isAgreed = await opened(this.#socket, url);
		if (!isAgreed) {
			// An older server, or a proxy that passes on only half of the agreement.
			this.#socket = this.#dial([]);
			await opened(this.#socket, url);
		}
		this.#socket.on('message', (data) => this.#receive(data));
		this.#socket.on('pong', () => (this.#alive = true));
		this.#socket.on('close', () => this.#end(true));
		this.#socket.on('error', () => this.#socket.terminate());
		this.#pinging = setInterval(() => this.#ping(), PING_MS);
		this.#pinging.unref();
	}

	send(message: Outgoing): void {
		if (!this.#ended) this.#socket.send(encode(message, this.#socket.protocol));
	}

	/** The content of the answer; `null`: the line ended first, or `limit` milliseconds went by. */
	ask(question: Question, limit: number): Promise<MimeBundle | null> {
		const id = `${OWN}${randomUUID()}`;
		return this.#answer(id, limit, () => this.send({ ...question, id, session: this.#session }));
	}

	/**
	 * Resolves when what the kernel says is certain to be heard: a question's echo has come back.
	 * The server throws away what is said while it connects to the kernel.
	 */
	async listening(): Promise<void> {
		for (let tries = 0; tries < LISTEN_TRIES && !this.#ended; tries += 1)
			if (await this.#echo()) return;
	}

	/** Ends without a word. */
	close(): void {
		this.#end(false);
		this.#socket.close();
	}

	/**
	 * Under a name of its own: the server may still have the one that was dialled before, and of two with
	 * the same name a kernel that starts listens to the one that reaches it last, be it the dead one.
	 */
	#dial(protocols: readonly string[]): WebSocket {
		const socket = openSocket(this.#address, this.#kernel, randomUUID(), protocols);
		socket.binaryType = 'arraybuffer';
		return socket;
	}

	#echo(): Promise<boolean> {
		const id = `${OWN}${randomUUID()}`;
		const question = { channel: 'control', type: 'kernel_info_request', content: {} } as const;
		return new Promise((resolve) => {
			const done = (heard: boolean) => {
				clearTimeout(late);
				this.#echoes.delete(id);
				resolve(heard);
			};
			const late = setTimeout(done, LISTEN_MS, false);
			this.#echoes.set(id, () => done(true));
			this.#answers.set(id, () => undefined);
			this.send({ ...question, id, session: this.#session });
		});
	}

	#answer(id: string, limit: number, send: () => void): Promise<MimeBundle | null> {
		if (this.#ended) return Promise.resolve(null);
		return new Promise((resolve) => {
			const late = setTimeout(() => this.#settle(id, null), limit);
			this.#answers.set(id, (content) => {
				clearTimeout(late);
				resolve(content);
			});
			send();
		});
	}

	#receive(data: RawData): void {
		if (this.#ended) return;
		const raw = decode(data instanceof ArrayBuffer ? data : data.toString(), this.#socket.protocol);
		if (!raw) return;
		if (raw.type === 'status') this.#echoes.get(raw.parent)?.();
		const isMine = this.#answers.has(raw.parent);
		if (isMine && raw.type.endsWith('_reply')) this.#settle(raw.parent, raw.content);
		// A number counts, whoever asked.
		if (!isMine || Number.isInteger(raw.tape)) this.#events.message(raw);
	}

	#settle(id: string, content: MimeBundle | null): void {
		const resolve = this.#answers.get(id);
		this.#answers.delete(id);
		resolve?.(content);
	}

	#ping(): void {
		if (!this.#alive) return this.#socket.terminate();
		this.#alive = false;
		this.#socket.ping();
	}

	#end(told: boolean): void {
		if (this.#ended) return;
		this.#ended = true;
		if (this.#pinging) clearInterval(this.#pinging);
		[...this.#echoes.values()].forEach((heard) => heard());
		[...this.#answers.keys()].forEach((id) => this.#settle(id, null));
		if (told) this.#events.end();
	}
}

const NOT_AGREED = 'Server sent no subprotocol';

/** `false`: everything is well but the protocol. @throws RemoteFailure */
function opened(socket: WebSocket, address: string): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const failed = (error: Error) => {
			if (error.message === NOT_AGREED) resolve(false);
			else reject(new RemoteFailure('remote-no-websocket', { address, said: error.message }));
		};
		socket.once('error', failed);
		socket.once('open', () => {
			socket.removeAllListeners('unexpected-response');
			socket.off('error', failed);
			resolve(true);
		});
		socket.once(
			'unexpected-response',
			(request, { statusCode = 0, headers, statusMessage = '' }) => {
				request.destroy();
				const { location = null } = headers;
				const answer = { status: statusCode, type: 'application/json', location, text: '' };
				const said = `${statusCode} ${statusMessage}`.trim();
				const other = new RemoteFailure('remote-no-websocket', { address, said });
				reject(failureOf(address, answer) ?? other);
			}
		);
	});
}
