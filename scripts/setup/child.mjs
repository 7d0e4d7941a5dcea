/**
 * Runs another program to its end: its output goes to a log file, its last lines are kept for a
 * diagnosis, and every line is passed on as a sign of life. Stopping this program stops the child.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const KEEP = 200;

/** @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();

/**
 * @typedef {object} Run
 * @property {number | null} code exit status; null when it was stopped by a signal or never began
 * @property {string | null} signal
 * @property {string[]} tail the last lines it printed
 */

/**
 * @param {string} command @param {readonly string[]} args
 * @param {{ cwd: string, log: string, env?: NodeJS.ProcessEnv, line?: (text: string) => void }} options
 * @returns {Promise<Run>}
 */
export function runLogged(command, args, options) {
	mkdirSync(dirname(options.log), { recursive: true });
	const log = createWriteStream(options.log);
	/** @type {string[]} */
	const tail = [];
	const keep = (/** @type {string} */ text) => {
		log.write(`${text}\n`);
		tail.push(text);
		if (tail.length > KEEP) tail.shift();
		if (text.trim() !== '') options.line?.(text.trim());
	};
	log.on('error', () => log.destroy());
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			cwd: options.cwd,
			env: options.env ?? process.env,
			stdio: ['ignore', 'pipe', 'pipe'],
			windowsHide: true
		});
		alive.add(child);
		for (const stream of [child.stdout, child.stderr]) {
			createInterface({ input: stream }).on('line', keep);
		}
		child.on('error', (error) => keep(error.message));
		child.on('close', (code, signal) => {
			alive.delete(child);
			log.end(() => resolve({ code, signal, tail }));
			if (log.destroyed) resolve({ code, signal, tail });
		});
	});
}

/**
 * Runs a program whose output a person reads as it comes.
 * @param {string} command @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number | 'not-found' | 'killed'>}
 */
export function runShown(command, args, { cwd, env }) {
	const child = spawn(command, args, {
		cwd,
		env,
		stdio: ['ignore', 'inherit', 'inherit'],
		// On Windows the programs of node_modules are .cmd files, which only a shell can start.
		shell: process.platform === 'win32'
	});
	alive.add(child);
	return new Promise((resolve) => {
		child.on('error', () => resolve('not-found'));
		child.on('close', (code) => {
			alive.delete(child);
			resolve(code ?? 'killed');
		});
	});
}

let stopping = false;

/** Has a person asked for the end? */
export function isStopping() {
	return stopping;
}

/** Ends whatever is still running; called when a person presses Ctrl-C. */
export function stopChildren() {
	stopping = true;
	for (const child of alive) child.kill('SIGTERM');
}

/** @param {() => void} then when a person or the system asks for the end */
export function onStop(then) {
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
		process.on(signal, then);
}
