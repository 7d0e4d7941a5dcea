/**
 * One learner of a class, without a browser: let in by an invitation, reads the lesson's page and
 * all its files, watches the stream and runs cells. A browser would do the same, with more work of
 * its own, on a computer of its own.
 */
import { get } from 'node:http';
import { framesOf } from '../floors.mjs';

const SLUG = '01-fine-tune-in-five-minutes';
const PATIENCE_MS = 180_000;

/**
 * @typedef {object} Learner
 * @property {number} page milliseconds until the page and its files were there
 * @property {() => number} steps of its training that it has seen
 * @property {() => number} farthest back in the line that it was told to be; 0: it never waited
 * @property {() => any} notebook as the first frame had it
 * @property {(cell: string, source?: string) => Promise<number>} run when its end was told, once it has worked
 * @property {(cell: string, source: string) => Promise<void>} send resolves when it is asked for
 * @property {() => Promise<void>} interrupt
 * @property {(cell: string) => boolean} isRunning
 * @property {(command: object) => Promise<void>} command any other
 * @property {(path: string) => Promise<Response>} read from the app, as this learner
 * @property {() => void} close
 */

/**
 * @param {string} address that lets in
 * @param {(event: any) => void} [onevent] hears everything that is told of the lesson
 * @returns {Promise<Learner>}
 */
export async function joinLesson(address, onevent) {
	const begin = performance.now();
	const { origin } = new URL(address);
	const cookie = await enter(address);
	await readPage(`${origin}/lessons/${SLUG}`, cookie);
	const page = performance.now() - begin;
	const api = `${origin}/api/lessons/${SLUG}`;
	const watch = await watchLesson(api, cookie, onevent);
	const { notebook } = watch;

	/** @param {string} cell @param {string} [source] */
	async function send(cell, source) {
		await command({ type: 'run', cells: [{ cell, source }] });
	}

	/** @param {object} command */
	async function command(command) {
		const answer = await fetch(`${api}/commands`, {
			method: 'POST',
			headers: { cookie, origin, 'content-type': 'application/json' },
			body: JSON.stringify({ id: crypto.randomUUID(), viewer: 'bench', command })
		});
		const reply = await answer.json();
		if (!reply.ok) throw new Error(`A command was refused: ${JSON.stringify(reply.problem)}`);
	}

	return {
		page,
		send,
		command,
		read: (path) => fetch(`${origin}${path}`, { headers: { cookie } }),
		notebook: () => notebook,
		interrupt: () => command({ type: 'interrupt' }),
		farthest: () => watch.farthest,
		steps: () => watch.steps,
		isRunning: (cell) => watch.running.has(cell),
		close: () => watch.close(),
		async run(cell, source) {
			const ended = watch.end(cell).then((outcome) => ({ outcome, at: performance.now() }));
			const sent = send(cell, source);
			// The end may be told before the command is answered, which waits for the disk.
			const { outcome, at } = await Promise.race([ended, sent.then(() => ended)]);
			await sent;
			if (outcome !== 'ok') throw new Error(`A cell ended with "${outcome}".`);
			return at;
		}
	};
}

/** @param {string} address */
async function enter(address) {
	const answer = await fetch(address, { redirect: 'manual' });
	await answer.text();
	const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
	if (answer.status !== 303 || !cookie) throw new Error(`Not let in: status ${answer.status}.`);
	return cookie;
}

/** @param {string} address @param {string} cookie */
async function readPage(address, cookie) {
	const answer = await fetch(address, { headers: { cookie } });
	const text = await answer.text();
	if (!answer.ok) throw new Error(`The lesson's page: status ${answer.status}.`);
	const files = new Set(text.match(/(?<=")[^"]*\/_app\/immutable\/[^"]+/g) ?? []);
	await Promise.all([...files].map((file) => readFile(new URL(file, address), cookie)));
}

/** As it comes over the wire, without unpacking. @param {URL} address @param {string} cookie */
function readFile(address, cookie) {
	return new Promise((resolve, reject) => {
		get(address, { headers: { cookie, 'accept-encoding': 'br' } }, (answer) => {
			if (answer.statusCode !== 200) reject(new Error(`${address}: status ${answer.statusCode}`));
			answer.on('end', resolve).on('error', reject).resume();
		}).on('error', reject);
	});
}

/** @param {string} api @param {string} cookie @param {(event: any) => void} [onevent] */
async function watchLesson(api, cookie, onevent) {
	const stop = new AbortController();
	const stream = await fetch(`${api}/events`, { headers: { cookie }, signal: stop.signal });
	const frames = framesOf(stream);
	const first = (await frames.next()).value;
	/** @type {Map<string, (outcome: string) => void>} */
	const waiting = new Map();
	const watch = {
		notebook: first.notebook,
		farthest: 0,
		steps: 0,
		/** @type {Set<string>} */
		running: new Set(),
		close: () => stop.abort(),
		/** How a cell that is about to be run will end. @param {string} cell @returns {Promise<string>} */
		end: (cell) =>
			new Promise((resolve) => {
				const late = setTimeout(() => resolve('nothing within three minutes'), PATIENCE_MS);
				waiting.set(cell, (outcome) => {
					clearTimeout(late);
					waiting.delete(cell);
					resolve(outcome);
				});
			})
	};
	/** @param {any} event */
	function hear(event) {
		onevent?.(event);
		if (event.type === 'kernel-changed') {
			const { line, problem } = event.kernel;
			watch.farthest = Math.max(watch.farthest, line?.place ?? 0);
			if (problem) for (const tell of waiting.values()) tell(problem.code);
		}
		if (event.type === 'metrics-appended')
			for (const { step } of event.rows) watch.steps = Math.max(watch.steps, step);
		const cell = event.execution?.split('.')[0];
		if (event.type === 'execution-started') watch.running.add(cell);
		if (event.type !== 'execution-finished') return;
		watch.running.delete(cell);
		waiting.get(cell)?.(event.outcome);
	}
	void (async () => {
		for await (const { entries = [] } of frames) for (const { event } of entries) hear(event);
	})().catch((/** @type {unknown} */ error) => {
		if (!stop.signal.aborted) for (const tell of waiting.values()) tell(String(error));
	});
	return watch;
}
