/**
 * A kernel host that tells stories: what `kernel/host` is for the built app, as far as the app can see.
 * It is found by its description in the runtime folder, answers the same addresses, and its kernels say
 * what they are told to over a real WebSocket.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize } from '@jupyterlab/services/lib/kernel/serialize.js';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { HOST_VERSION } from '../../src/lib/server/jupyter/description';
import { PROTOCOL } from '../../src/lib/server/jupyter/socket';
import { StoryKernel } from './kernel';
import type { Message } from './story';

/** One kernel, its tape, and who reads it. */
class TapedKernel extends StoryKernel {
	readonly #tape: ArrayBuffer[] = [];
	#socket: WebSocket | null = null;
	#acked = 0;

	constructor(id: string, executions: string[]) {
		super(id, executions);
		this.channel = {
			receive: (frame) => {
				this.#tape.push(frame);
				this.#socket?.send(frame);
			}
		};
	}

	/** Everything is safe in the app, or nobody reads any more. */
	get isHeard(): boolean {
		return this.#socket === null || this.#acked >= this.#tape.length;
	}

	get state(): string {
		const line = this.#socket === null ? 'nobody reads' : 'somebody reads';
		return `${line}, ${this.#acked} of ${this.#tape.length} kept`;
	}

	read(socket: WebSocket, after: number): void {
		this.#socket?.close();
		this.#socket = socket;
		this.#acked = Math.max(this.#acked, after);
		this.#tape.slice(after).forEach((frame) => socket.send(frame));
		socket.on('close', () => {
			if (this.#socket === socket) this.#socket = null;
		});
		socket.on('message', (data: RawData, isBinary: boolean) => {
			if (isBinary) this.#hear(data as ArrayBuffer);
			else this.#acked = (JSON.parse(String(data)) as { readonly ack: number }).ack;
		});
	}

	#hear(frame: ArrayBuffer): void {
		const { header, content } = deserialize(frame, PROTOCOL);
		this.asked({ type: header.msg_type, id: header.msg_id, content: { ...content } });
	}
}

export class TellingHost {
	/** To be given to the app as its runtime folder. */
	readonly runtime = mkdtempSync(join(tmpdir(), 'tf-host-'));
	#executions: string[] = [];
	readonly #kernels = new Map<string, TapedKernel>();
	#now: TapedKernel | null = null;
	readonly #server = createServer((request, response) => this.#answer(request, response));
	readonly #sockets = new WebSocketServer({ noServer: true });

	async open(): Promise<void> {
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		const { port } = this.#server.address() as AddressInfo;
		this.#server.on('upgrade', (request, socket, head) => {
			this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#connect(request, ws));
		});
		const url = `http://127.0.0.1:${port}`;
		const about = { url, token: 'story', pid: process.pid, walls: false, version: HOST_VERSION };
		writeFileSync(join(this.runtime, 'host.json'), JSON.stringify(about));
	}

	/** The next kernel that is started belongs to another story. */
	forget(): void {
		this.#executions = [];
		this.#now = null;
	}

	get isTelling(): boolean {
		return this.#now !== null;
	}

	get isHeard(): boolean {
		return this.#now?.isHeard ?? true;
	}

	/** For whoever wonders what it waits for. */
	get state(): string {
		return this.#now?.state ?? 'no kernel';
	}

	get executions(): readonly string[] {
		return this.#executions;
	}

	say(message: Message): void {
		this.#now?.say(message);
	}

	close(): void {
		this.#sockets.clients.forEach((socket) => socket.terminate());
		this.#server.closeAllConnections();
		this.#server.close();
		rmSync(this.runtime, { recursive: true, force: true });
	}

	#answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
		const [, id, act] = /^\/api\/kernels\/([^/?]+)\/?(\w*)/.exec(url) ?? [];
		const give = (status: number, body?: unknown) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(body === undefined ? '' : JSON.stringify(body));
		};
		if (id === undefined) {
			if (!url.startsWith('/api/kernels')) give(200, {});
			else if (method === 'POST') give(201, this.#start());
			else give(200, [...this.#kernels.keys()].map(modelOf));
		} else if (method === 'DELETE' || act === 'interrupt') give(204);
		else give(this.#kernels.has(id) ? 200 : 404, modelOf(id));
	}

	#start(): object {
		const id = `story-${this.#kernels.size + 1}`;
		this.#now = new TapedKernel(id, this.#executions);
		this.#kernels.set(id, this.#now);
		return modelOf(id);
	}

	#connect({ url = '' }: IncomingMessage, socket: WebSocket): void {
		socket.binaryType = 'arraybuffer';
		const [, id = '', after = '0'] = /kernels\/([^/]+)\/channels.*after=(\d+)/.exec(url) ?? [];
		this.#kernels.get(id)?.read(socket, Number(after));
	}
}

function modelOf(id: string): object {
	return { id, name: 'tuningfork', tape: 0, started: 'forked' };
}
