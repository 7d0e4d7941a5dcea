/** `fetch` and WebSocket to the host: over its Unix socket, or over loopback where it has none. */
import { connect } from 'node:net';
import { ServerConnection } from '@jupyterlab/services';
import { Agent, fetch as undiciFetch, type RequestInit as UndiciInit } from 'undici';
import WebSocket from 'ws';
import type { HostDescription } from './description';

export const PROTOCOL = 'v1.kernel.websocket.jupyter.org';
const LONGEST_MESSAGE = 1024 ** 3;
const NO_BODY = new Set([204, 205, 304]);

/** Settings for the REST calls of `@jupyterlab/services`. */
export function restSettings(host: HostDescription): ServerConnection.ISettings {
	return ServerConnection.makeSettings({
		baseUrl: `${origin(host)}/`,
		appendToken: false,
		token: '',
		fetch: hostFetch(host)
	});
}

/** The channel of one kernel, opened after message `after` of its tape. */
export function openChannel(host: HostDescription, kernel: string, after: number): WebSocket {
	const { socket } = host;
	const address = origin(host).replace('http', 'ws');
	const path = `/api/kernels/${kernel}/channels?session_id=web&after=${after}`;
	return new WebSocket(address + path, [PROTOCOL], {
		headers: authorization(host),
		perMessageDeflate: false,
		maxPayload: LONGEST_MESSAGE,
		...(socket === null ? {} : { createConnection: () => connect(socket) })
	});
}

function hostFetch(host: HostDescription): typeof fetch {
	// A connection for each call: none is left over from a host that has gone.
	const agent = new Agent({
		pipelining: 0,
		connect: host.socket === null ? {} : { socketPath: host.socket }
	});
	return async (input, init) => {
		const request = new Request(input, init);
		const response = await undiciFetch(request.url, await requestInit(request, host, agent));
		const body = NO_BODY.has(response.status) ? null : await response.arrayBuffer();
		return new Response(body, {
			status: response.status,
			statusText: response.statusText,
			headers: [...response.headers]
		});
	};
}

async function requestInit(
	request: Request,
	host: HostDescription,
	dispatcher: Agent
): Promise<UndiciInit> {
	return {
		method: request.method,
		headers: { 'content-type': 'application/json', ...authorization(host) },
		body: request.body === null ? null : await request.text(),
		dispatcher
	};
}

function origin(host: HostDescription): string {
	return host.url ?? 'http://localhost';
}

function authorization(host: HostDescription): Record<string, string> {
	return { authorization: `token ${host.token}` };
}
