/**
 * `1+1` without a browser: what the kernel takes by itself, and what it takes through each server,
 * asked from Node. What is left to the page is then the rest.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { placeOf } from '../setup/place.mjs';

/**
 * @typedef {object} Line to one kernel
 * @property {(code: string) => Promise<number>} run milliseconds until the result came; waits for the end
 * @property {() => void} close
 */

/** @typedef {import('playwright-core').BrowserContext} Context */

/** A kernel of its own, asked over ZMQ by its own client. @param {string} root @param {number} runs @returns {Promise<number[]>} */
export async function kernelAlone(root, runs) {
	const folder = mkdtempSync(join(tmpdir(), 'tf-floor-'));
	try {
		const python = placeOf(root).venvPython;
		const child = spawn(python, [join(import.meta.dirname, 'floor.py'), folder, `${runs}`], {
			env: { ...process.env, HOME: folder, PYTHONPATH: join(root, 'kernel') },
			stdio: ['ignore', 'pipe', 'pipe']
		});
		let complaint = '';
		child.stderr.on('data', (piece) => (complaint += piece));
		let text = '';
		for await (const piece of child.stdout) text += piece;
		if (text === '') throw new Error(`The kernel could not be asked over ZMQ:\n${complaint}`);
		return JSON.parse(text);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** JupyterLab's server, over its own WebSocket. @param {string} url @param {string} kernel @returns {Promise<Line>} */
export async function labLine(url, kernel) {
	const session = crypto.randomUUID();
	const address = `${url.replace('http', 'ws')}/api/kernels/${kernel}/channels?session_id=${session}`;
	const socket = new WebSocket(address);
	await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
	return {
		close: () => socket.close(),
		run: (code) =>
			new Promise((resolve) => {
				const id = crypto.randomUUID();
				const begin = performance.now();
				let took = Number.NaN;
				const hear = (/** @type {import('ws').RawData} */ data) => {
					const { parent_header: parent, header, content } = JSON.parse(String(data));
					if (parent?.msg_id !== id) return;
					if (header.msg_type === 'execute_result') took = performance.now() - begin;
					if (header.msg_type !== 'status' || content.execution_state !== 'idle') return;
					socket.off('message', hear);
					resolve(took);
				};
				socket.on('message', hear);
				socket.send(JSON.stringify(request(id, session, code)));
			})
	};
}

/** @param {string} id @param {string} session @param {string} code */
function request(id, session, code) {
	return {
		channel: 'shell',
		header: {
			msg_id: id,
			msg_type: 'execute_request',
			session,
			username: 'bench',
			date: new Date().toISOString(),
			version: '5.3'
		},
		parent_header: {},
		metadata: {},
		buffers: [],
		content: {
			code,
			silent: false,
			store_history: true,
			user_expressions: {},
			allow_stdin: false,
			stop_on_error: true
		}
	};
}

/** Our server: the command a page posts, and the stream it reads. @param {Context} context @param {string} api @returns {Promise<Line>} */
export async function ourLine(context, api) {
	const cookies = await context.cookies(api);
	const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
	const stop = new AbortController();
	const stream = await fetch(`${api}/events`, { headers: { cookie }, signal: stop.signal });
	const frames = framesOf(stream);
	const first = (await frames.next()).value;
	const { id: cell, revision } = first.notebook.cells[0];
	let base = revision;
	return {
		close: () => stop.abort(),
		async run(code) {
			const begin = performance.now();
			const command = { type: 'run', cells: [{ cell, source: code, base }] };
			const sent = fetch(`${api}/commands`, {
				method: 'POST',
				headers: { cookie, origin: new URL(api).origin, 'content-type': 'application/json' },
				body: JSON.stringify({ id: crypto.randomUUID(), viewer: 'bench', command })
			});
			let took = Number.NaN;
			for await (const { entries = [] } of frames) {
				const events = entries.map((/** @type {{ event: any }} */ { event }) => event);
				for (const event of events) {
					if (event.type === 'cell-edited' && event.cell === cell) base += 1;
					if (event.type === 'output-added' && event.output.type === 'result')
						took = performance.now() - begin;
				}
				if (events.some((/** @type {any} */ { type }) => type === 'execution-finished')) break;
			}
			await (await sent).text();
			return took;
		}
	};
}

/** What the server sends a page, frame by frame. Never ends by itself: `break` in a loop over it leaves it usable. @param {Response} stream */
export function framesOf(stream) {
	const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
	let text = '';
	return {
		[Symbol.asyncIterator]() {
			return this;
		},
		/** @returns {Promise<{ done: boolean, value: any }>} */
		async next() {
			for (;;) {
				const end = text.indexOf('\n\n');
				const { value, done } = end < 0 ? ((await reader?.read()) ?? { done: true }) : {};
				if (done) return { done: true, value: undefined };
				text += value ?? '';
				if (end < 0) continue;
				const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
				text = text.slice(end + 2);
				if (data) return { done: false, value: JSON.parse(data) };
			}
		}
	};
}
