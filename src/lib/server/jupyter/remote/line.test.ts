/** A connection to a server that is only played here: what a proxy makes of it. */
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Line } from './line';

let server: WebSocketServer | null = null;

afterEach(() => {
	server?.clients.forEach((client) => client.terminate());
	server?.close();
	server = null;
});

/** Agrees to no protocol, as a proxy that passes on only half of the agreement; notes who comes. */
async function proxy(sessions: (string | null)[]): Promise<string> {
	const opened = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
	server = opened;
	opened.on('connection', (_socket, { url = '' }) =>
		sessions.push(new URL(url, 'http://there').searchParams.get('session_id'))
	);
	await new Promise<void>((resolve) => opened.once('listening', resolve));
	return `http://127.0.0.1:${(opened.address() as AddressInfo).port}/`;
}

test('a server that agrees to no protocol is dialled again, under another name', async () => {
	const sessions: (string | null)[] = [];
	const address = { url: await proxy(sessions), token: '', kernel: null };
	const line = new Line(address, 'some-kernel', { message: () => undefined, end: () => undefined });
	await line.open();
	line.close();
	expect(sessions).toHaveLength(2);
	expect(sessions).not.toContain(null);
	// Two with the same name, while the first is still there, take each other's answers away.
	expect(sessions[0]).not.toBe(sessions[1]);
});
