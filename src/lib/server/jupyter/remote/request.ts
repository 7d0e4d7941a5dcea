/**
 * `fetch` and WebSocket to the other server. The token goes in a header, to that address only: an
 * answer that sends elsewhere is not followed. No cookie is kept, so no other site's page can use one.
 */
import { ServerConnection } from '@jupyterlab/services';
import { Agent, fetch as undiciFetch, type Response as UndiciResponse } from 'undici';
import WebSocket from 'ws';
import type { RemoteAddress } from './address';
import { type Answer, failureOf, silenceOf } from './answer';
import { RemoteFailure } from './failure';

const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;
/** A start or a restart is answered when the kernel runs; a gateway may bring up a machine first. */
const ACTION_MS = 120_000;
const LONGEST_MESSAGE = 1024 ** 3;
const NO_BODY = new Set([204, 205, 304]);

const agent = new Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: ACTION_MS });

/** Settings for the REST calls of `@jupyterlab/services`. */
export function remoteSettings(address: RemoteAddress): ServerConnection.ISettings {
	return ServerConnection.makeSettings({
		baseUrl: address.url,
		appendToken: false,
		token: '',
		fetch: async (input, init) => {
			const request = new Request(input, init);
			const body = request.body === null ? null : await request.text();
			const answer = await send(address, request.url, request.method, body, ACTION_MS);
			return new Response(NO_BODY.has(answer.status) ? null : await answer.arrayBuffer(), {
				status: answer.status,
				statusText: answer.statusText,
				headers: [...answer.headers]
			});
		}
	});
}

/**
 * What the API says at a path, below "api/".
 * @returns `null`: there is no such thing there
 * @throws RemoteFailure
 */
export function ask(address: RemoteAddress, path: string): Promise<unknown> {
	return request(address, path, null);
}

/** Starts one of the kernels that are offered; gives its id. @throws RemoteFailure */
export async function startKernel(address: RemoteAddress, name: string): Promise<string> {
	const model = await request(address, 'kernels', { name });
	const id = typeof model === 'object' && model !== null && 'id' in model ? model.id : null;
	if (typeof id !== 'string') throw notJupyter(address, 200);
	return id;
}

async function request(
	address: RemoteAddress,
	path: string,
	body: object | null
): Promise<unknown> {
	const url = `${address.url}api/${path}`;
	const answer = await reading(address.url, async () => {
		const response = await (body === null
			? send(address, url, 'GET', null, ANSWER_MS)
			: send(address, url, 'POST', JSON.stringify(body), ACTION_MS));
		return { ...headOf(response), text: await response.text() };
	});
	const failure = failureOf(address.url, answer);
	if (failure) throw failure;
	const value = parse(answer.text);
	if (value === undefined) throw notJupyter(address, answer.status);
	if (answer.status < 400) return value;
	// A hub or a proxy that knows no such path says so as well; Jupyter names what it has not.
	if (answer.status === 404 && answer.text.includes(path.slice(path.lastIndexOf('/') + 1)))
		return null;
	throw notJupyter(address, answer.status);
}

export function openSocket(
	address: RemoteAddress,
	kernel: string,
	session: string,
	protocols: readonly string[]
): WebSocket {
	const url = `${address.url.replace(/^http/, 'ws')}api/kernels/${kernel}/channels?session_id=${session}`;
	return new WebSocket(url, [...protocols], {
		headers: authorization(address),
		followRedirects: false,
		handshakeTimeout: ANSWER_MS,
		maxPayload: LONGEST_MESSAGE
	});
}

async function reading(url: string, work: () => Promise<Answer>): Promise<Answer> {
	try {
		return await work();
	} catch (error) {
		throw silenceOf(url, error);
	}
}

function send(
	address: RemoteAddress,
	url: string,
	method: string,
	body: string | null,
	limit: number
): Promise<UndiciResponse> {
	return undiciFetch(url, {
		method,
		body,
		headers: { 'content-type': 'application/json', ...authorization(address) },
		redirect: 'manual',
		signal: AbortSignal.timeout(limit),
		dispatcher: agent
	});
}

function headOf({ status, headers }: UndiciResponse): Omit<Answer, 'text'> {
	return { status, type: headers.get('content-type') ?? '', location: headers.get('location') };
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Whatever it is, it is not Jupyter's.
		return undefined;
	}
}

function notJupyter(address: RemoteAddress, status: number): RemoteFailure {
	return new RemoteFailure('remote-not-jupyter', { address: address.url, status });
}

/** With this header Jupyter asks for no XSRF cookie. */
function authorization({ token }: RemoteAddress): Record<string, string> {
	return token === '' ? {} : { authorization: `token ${token}` };
}
