/** The servers that the bench starts: awaited until they answer, ended with everything they started. */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { words } from './words.mjs';

const PATIENCE_MS = 60_000;

/**
 * @typedef {object} Server
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

/**
 * @param {{ name: string, command: readonly [string, ...string[]], env: NodeJS.ProcessEnv, cwd: string, answers: string }} about
 * @returns {Promise<Server>}
 */
export async function startServer({ name, command, env, cwd, answers }) {
	const [program, ...args] = command;
	// A session of its own, as "npm start" gives it: Linux shares the processor out by sessions, and
	// what the bench itself does must not count for the server.
	const child = spawn(program, args, {
		cwd,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true
	});
	const leave = () => void child.kill('SIGTERM');
	const stop = () => process.exit(130);
	process.once('exit', leave).once('SIGINT', stop).once('SIGTERM', stop);
	let log = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (/** @type {Buffer} */ text) => (log = (log + text).slice(-20_000)));
	const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
	const server = {
		pid: child.pid ?? 0,
		async stop() {
			child.kill('SIGTERM');
			const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
			await ended;
			clearTimeout(late);
			process.off('exit', leave).off('SIGINT', stop).off('SIGTERM', stop);
		}
	};
	let isOver = false;
	void ended.then(() => (isOver = true));
	for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !isOver; await wait(100)) {
		if (await isAnswering(answers)) return server;
	}
	await server.stop();
	throw words.silent(name, log);
}

/** @param {string} url */
async function isAnswering(url) {
	try {
		return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
	} catch {
		// Refused or silent: not yet.
		return false;
	}
}
