/**
 * A real installation for a test: the built app on a free port, an empty data folder, a real kernel
 * host. Everything it starts is stopped by `stop`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface App {
	readonly url: string;
	readonly data: string;
	/** An address that lets one browser in. */
	invite(path?: string, folder?: string): string;
	/** Process id of the web process. */
	readonly pid: number;
	/** Process id of the kernel host; `null` while there is none. */
	hostPid(): number | null;
	/** Starts the web process again on the same port and data, after it was killed. */
	start(): Promise<void>;
	killWeb(): void;
	log(): string;
	stop(): Promise<void>;
}

export async function startApp(env: Readonly<Record<string, string>> = {}): Promise<App> {
	const data = mkdtempSync(join(tmpdir(), 'tf-e2e-'));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	let web: ChildProcess | null = null;
	let log = '';

	async function start(): Promise<void> {
		web = spawn(process.execPath, ['build/index.js'], {
			env: {
				...process.env,
				HOST: '127.0.0.1',
				PORT: String(port),
				ORIGIN: url,
				TUNINGFORK_ROOT: process.cwd(),
				TUNINGFORK_DATA: data,
				TUNINGFORK_RUNTIME: '',
				BODY_SIZE_LIMIT: '16M',
				...env
			},
			stdio: ['ignore', 'pipe', 'pipe']
		});
		web.stdout?.on('data', (text: Buffer) => (log += text.toString()));
		web.stderr?.on('data', (text: Buffer) => (log += text.toString()));
		await answering(url, () => log);
	}

	await start();
	return {
		url,
		data,
		get pid() {
			return web?.pid ?? -1;
		},
		invite: (path = '/', folder = data) => inviteTo(folder, url, path),
		hostPid: () => hostPid(data),
		start,
		killWeb: () => void web?.kill('SIGKILL'),
		log: () => log,
		async stop() {
			await ended(web);
			await stopHost(hostPid(data));
			rmSync(data, { recursive: true, force: true });
		}
	};
}

function inviteTo(data: string, url: string, path: string): string {
	const token = randomBytes(32).toString('base64url');
	const folder = join(data, 'invites');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, createHash('sha256').update(token).digest('hex')), '{}');
	return `${url}${path}?invite=${token}`;
}

function hostPid(data: string): number | null {
	const file = join(data, 'run', 'host.json');
	if (!existsSync(file)) return null;
	const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
	return isRunning(pid) ? pid : null;
}

async function answering(url: string, log: () => string): Promise<void> {
	for (let tries = 0; tries < 200; tries += 1) {
		const answer = await fetch(`${url}/healthz`).catch(() => null);
		if (answer?.ok) return;
		await wait(50);
	}
	throw new Error(`The web process does not answer:\n${log()}`);
}

async function ended(child: ChildProcess | null): Promise<void> {
	if (!child || child.exitCode !== null || child.signalCode) return;
	const exit = new Promise((resolve) => child.once('exit', resolve));
	child.kill('SIGTERM');
	const late = setTimeout(() => child.kill('SIGKILL'), 5000);
	await exit;
	clearTimeout(late);
}

async function stopHost(pid: number | null): Promise<void> {
	if (pid === null) return;
	process.kill(pid, 'SIGTERM');
	for (let tries = 0; tries < 100 && isRunning(pid); tries += 1) await wait(50);
	if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
		});
	});
}
