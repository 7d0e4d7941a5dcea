/** What goes wrong on the way to another server: told by its cause, and nothing lost that was under way. */
import { connect, createServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { problemText } from '$lib/notebook/problem';
import { startProblem } from '../../session/reach';
import type { KernelHost, KernelLink } from '../port';
import { pause, run, Transcript } from '../testing';
import { RemoteFailure } from './failure';
import { createRemoteHost } from './host';
import { freePort, type Server, startJupyter } from './testing';

/** A way to the server that can be cut. */
class Way {
	readonly #target: number;
	readonly #sockets = new Set<Socket>();
	#server: TcpServer | null = null;
	port = 0;

	constructor(target: number) {
		this.#target = target;
	}

	async open(): Promise<void> {
		this.port ||= await freePort();
		this.#server = createServer((near) => {
			const far = connect(this.#target, '127.0.0.1');
			for (const [socket, other] of [
				[near, far],
				[far, near]
			] as const) {
				this.#sockets.add(socket);
				socket.on('error', () => other.destroy());
				socket.on('close', () => other.destroy());
				socket.pipe(other);
			}
		});
		await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
	}

	cut(): void {
		this.#server?.close();
		this.#sockets.forEach((socket) => socket.destroy());
		this.#sockets.clear();
	}
}

let server: Server;
let way: Way;
let link: KernelLink;
let transcript: Transcript;
const troubles: (Error | null)[] = [];

function hostAt(url: string, more: Readonly<Record<string, string>> = {}): KernelHost {
	const env = { ...server.env, TUNINGFORK_JUPYTER_URL: url, ...more };
	return createRemoteHost({ root: process.cwd(), work: server.cwd('..'), env });
}

function atWay(): string {
	return `http://127.0.0.1:${way.port}/some/path/lab`;
}

beforeAll(async () => {
	server = await startJupyter();
	way = new Way(Number(new URL(server.url).port));
	await way.open();
	transcript = new Transcript();
	const listener = {
		message: transcript.message.bind(transcript),
		lost: transcript.lost.bind(transcript),
		connection: (trouble: Error | null) => troubles.push(trouble)
	};
	const cwd = server.cwd('lesson');
	link = await hostAt(atWay()).start({ cwd, listener, stage: () => undefined });
}, 60_000);

beforeEach(() => {
	transcript.heard.length = 0;
	troubles.length = 0;
});

afterAll(async () => {
	await link.shutdown();
	way.cut();
	await server.close();
}, 30_000);

test('the way is cut again and again while a cell prints: everything is heard, once, in order', async () => {
	const code =
		'import time\nfor i in range(300):\n    print("line", i, flush=True)\n    if i % 10 == 0: display(i)\n    time.sleep(0.005)';
	link.execute('flood', code);
	for (const wanted of [5, 40, 80]) {
		await transcript.until(() => transcript.heard.at(wanted));
		way.cut();
		await pause(250);
		await way.open();
	}
	await transcript.idle('flood');
	const lines = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('');
	expect(transcript.text('flood')).toBe(lines);
	expect(transcript.of('flood').filter(({ type }) => type === 'display')).toHaveLength(30);
	expect(troubles[0]).toMatchObject({ code: 'remote-unreachable' });
	await expect.poll(() => troubles.at(-1)).toBeNull();
}, 30_000);

test('a cell that is run while the way is cut runs when it is open again', async () => {
	way.cut();
	await pause(200);
	link.execute('patient', 'print("here")');
	await way.open();
	await transcript.idle('patient');
	expect(transcript.text('patient')).toBe('here\n');
}, 30_000);

test('a new web process attaches although nothing answers, and hears all once something does', async () => {
	await run(link, transcript, 'print("before")');
	const after = transcript.heard.at(-1)?.tape ?? 0;
	link.execute('long', 'import time\ntime.sleep(0.5)\nprint("meanwhile")');
	await transcript.find((message) => message.type === 'started' && message.execution === 'long');
	link.detach();
	way.cut();
	const later = new Transcript();
	const again = await hostAt(atWay()).attach({ kernel: link.kernel, after, listener: later });
	await pause(800);
	expect(later.heard).toEqual([]);
	await way.open();
	await again?.settled();
	await later.idle('long');
	expect(later.text('long')).toBe('meanwhile\n');
	expect(later.heard[0]?.tape).toBe(after + 1);
	if (again) link = again;
	transcript = later;
}, 30_000);

test('a kernel that died while nobody listened is told as dead; one that is gone, as gone', async () => {
	const after = transcript.heard.at(-1)?.tape ?? 0;
	link.execute('end', 'import os, time; time.sleep(0.3); os._exit(3)');
	await transcript.find((message) => message.type === 'started' && message.execution === 'end');
	link.detach();
	await pause(3500);
	const later = new Transcript();
	const again = await hostAt(atWay()).attach({ kernel: link.kernel, after, listener: later });
	const died = await later.find(({ type }) => type === 'died');
	expect(died.message).toMatchObject({ cause: 'unknown' });
	if (again) link = again;
	await hostAt(server.url)
		.attach({ kernel: link.kernel, after: 0, listener: new Transcript() })
		.then((other) => other?.shutdown());
	const loss = await later.until(() => later.losses[0]);
	expect(loss.reason).toBe('kernel-gone');
}, 30_000);

async function failureAt(url: string, more: Readonly<Record<string, string>> = {}) {
	const options = { cwd: server.cwd('x'), listener: new Transcript(), stage: () => undefined };
	const failure: unknown = await hostAt(url, more)
		.start(options)
		.catch((error: unknown) => error);
	if (!(failure instanceof RemoteFailure)) throw new Error('It started.');
	const { what, why, next } = problemText(startProblem(failure));
	expect([what, why, next].join(' ')).not.toMatch(/undefined|null|a-token/);
	return failure.code;
}

test('a wrong address, token or kernel is told by its name', async () => {
	const { origin } = new URL(server.url);
	const file = join(server.home, 'token');
	writeFileSync(file, 'another\n');
	const wrong = { TUNINGFORK_JUPYTER_TOKEN: 'wrong' };
	expect(await failureAt(server.url, wrong)).toBe('remote-refused');
	expect(await failureAt(server.url, { TUNINGFORK_JUPYTER_TOKEN_FILE: file })).toBe(
		'remote-refused'
	);
	const missing = { TUNINGFORK_JUPYTER_TOKEN_FILE: `${file}.none` };
	expect(await failureAt(server.url, missing)).toBe('remote-address');
	expect(await failureAt(`http://127.0.0.1:${await freePort()}/`)).toBe('remote-unreachable');
	expect(await failureAt(`${origin}/other/`)).toBe('remote-not-jupyter');
	const kernel = { TUNINGFORK_JUPYTER_KERNEL: 'fortran' };
	expect(await failureAt(server.url, kernel)).toBe('remote-no-kernel');
});

test('the token goes to nobody but the server that was named', async () => {
	const seen: (string | undefined)[] = [];
	const stranger = createHttpServer((request, response) => {
		seen.push(request.headers.authorization);
		response.end('{}');
	});
	await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
	const address = stranger.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const sender = createHttpServer((_request, response) => {
		response.writeHead(302, { location: `http://127.0.0.1:${port}/api/kernelspecs` }).end();
	});
	await new Promise<void>((resolve) => sender.listen(0, '127.0.0.1', resolve));
	const own = sender.address();
	const from = typeof own === 'object' && own ? own.port : 0;
	expect(await failureAt(`http://127.0.0.1:${from}/`)).toBe('remote-elsewhere');
	expect(seen).toEqual([]);
	stranger.close();
	sender.close();
});
