/** One installation that is killed: the built app with data of its own, and its processes by their kind. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stopHost } from '../start/host.mjs';
import { newAddress } from '../start/invite.mjs';
import { freePort } from '../start/port.mjs';

/** @typedef {'kernel' | 'template' | 'host' | 'web'} Kind */
/** @typedef {Record<Kind | 'other', number[]>} Found process ids */

export class App {
	/** @type {import('node:child_process').ChildProcess | null} */
	#web = null;
	#root;
	#port = 0;
	#log = '';

	/** @param {string} root */
	constructor(root) {
		this.#root = root;
		this.data = mkdtempSync(join(tmpdir(), 'tf-kills-'));
		this.url = '';
	}

	get log() {
		return this.#log;
	}

	/** @param {number} from first port to try */
	async open(from) {
		this.#port = await freePort('127.0.0.1', from);
		this.url = `http://127.0.0.1:${this.#port}`;
		await this.start();
	}

	async start() {
		this.#web = spawn(process.execPath, ['build/index.js'], {
			cwd: this.#root,
			env: this.#environment(),
			stdio: ['ignore', 'pipe', 'pipe']
		});
		for (const stream of [this.#web.stdout, this.#web.stderr])
			stream?.on('data', (text) => (this.#log = (this.#log + String(text)).slice(-20_000)));
		await until(
			async () => (await fetch(`${this.url}/healthz`)).ok,
			20_000,
			() => this.#log
		);
	}

	/** Signs one learner in. @param {string} learner @returns {Promise<string>} the cookie */
	async signIn(learner) {
		const answer = await fetch(newAddress(this.data, this.url, learner), { redirect: 'manual' });
		const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
		if (cookies.length === 0) throw new Error(`No cookie: ${answer.status} ${await answer.text()}`);
		return cookies.join('; ');
	}

	/** @param {number} pid @param {Kind} kind resolves when it has ended */
	async kill(pid, kind) {
		process.kill(pid, 'SIGKILL');
		await until(() => !isAlive(pid), 5000);
		if (kind === 'web') await this.start();
	}

	/** Every process that belongs to this installation. @returns {Found} */
	processes() {
		/** @type {Found} */
		const found = { kernel: [], template: [], host: [], web: [], other: [] };
		for (const pid of pidsWith(this.data)) found[kindOf(pid)].push(pid);
		return found;
	}

	async stop() {
		const web = this.#web;
		if (web && web.exitCode === null && web.signalCode === null) {
			const ended = new Promise((resolve) => web.once('exit', resolve));
			web.kill('SIGTERM');
			const late = setTimeout(() => web.kill('SIGKILL'), 5000);
			await ended;
			clearTimeout(late);
		}
		await stopHost(this.data);
		const left = Object.values(this.processes()).flat();
		for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
		rmSync(this.data, { recursive: true, force: true });
		return left;
	}

	#environment() {
		return {
			...process.env,
			NODE_ENV: 'production',
			HOST: '127.0.0.1',
			PORT: String(this.#port),
			ORIGIN: this.url,
			TUNINGFORK_ROOT: this.#root,
			TUNINGFORK_DATA: this.data,
			TUNINGFORK_RUNTIME: '',
			TUNINGFORK_FORK: '1',
			BODY_SIZE_LIMIT: '16M',
			OMP_NUM_THREADS: '1'
		};
	}
}

/** By the variable that all of them have inherited. @param {string} data */
function pidsWith(data) {
	const wanted = `TUNINGFORK_DATA=${data}\0`;
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(wanted))
		.map(Number)
		.filter(isAlive);
}

/** @param {number} pid @returns {Kind | 'other'} */
function kindOf(pid) {
	const words = read(`/proc/${pid}/cmdline`).split('\0');
	if (words.includes('build/index.js')) return 'web';
	if (words.includes('host')) return 'host';
	if (words.includes('ipykernel_launcher')) return 'kernel';
	// A fork has the command line of its template, which alone has a socket for its orders as input.
	if (words.includes('host.fork')) return isTemplate(pid) ? 'template' : 'kernel';
	return 'other';
}

/** @param {number} pid */
function isTemplate(pid) {
	try {
		return readlinkSync(`/proc/${pid}/fd/0`).startsWith('socket:');
	} catch {
		return false;
	}
}

/** @param {string} path */
function read(path) {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return '';
	}
}

/** @param {number} pid */
export function isAlive(pid) {
	return /\) [^ZX] /.test(read(`/proc/${pid}/stat`));
}

/**
 * @param {() => boolean | Promise<boolean>} holds @param {number} ms
 * @param {() => string} [why] said when it never does
 */
export async function until(holds, ms, why = () => '') {
	for (const end = Date.now() + ms; ; await wait(15)) {
		if (await attempt(holds)) return;
		if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain. ${why()}`);
	}
}

/** What fails does not hold yet. @param {() => boolean | Promise<boolean>} holds */
async function attempt(holds) {
	try {
		return await holds();
	} catch {
		return false;
	}
}
