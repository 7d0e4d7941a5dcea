/**
 * A small installation for a test: our real scripts in a folder of their own, and in place of the
 * app a program of a few lines that answers /healthz.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { emptyFolder, writeFiles } from './folder';

const APP = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
writeFileSync(process.env.TUNINGFORK_DATA + '/seen.json', JSON.stringify(process.env));
console.error('The app says hello');
const server = createServer((ask, answer) => {
	if (ask.url === '/crash') process.exit(7);
	answer.end(ask.url === '/healthz' ? 'ok' : 'page');
});
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

/** Answers once; from then on it cannot, until there is a file "mended". */
export const CRASHING_LATER = `
import { existsSync } from 'node:fs';
const data = process.env.TUNINGFORK_DATA;
if (existsSync(data + '/seen.json') && !existsSync(data + '/mended')) {
	console.error('A message is too much for me');
	process.exit(1);
}
${APP}`;

export const CRASHING = `console.error('I cannot read my database'); process.exit(1);`;

export interface Installation {
	readonly root: string;
	readonly data: string;
	/** Runs a command to its end. */
	run(args: readonly string[], env?: NodeJS.ProcessEnv): { code: number | null; said: string };
	/** Runs a command that goes on. */
	begin(args: readonly string[], env?: NodeJS.ProcessEnv): Running;
}

export interface Running {
	readonly child: ChildProcess;
	said(): string;
	/** Waits until it has said this. */
	until(words: RegExp): Promise<RegExpMatchArray>;
	readonly ended: Promise<number | null>;
}

export function installation(app = APP): Installation {
	const root = emptyFolder();
	cpSync('scripts', join(root, 'scripts'), { recursive: true });
	writeFiles(root, {
		'package.json': '{"type":"module"}',
		'build/index.js': app,
		'data/empty': ''
	});
	const data = join(root, 'data');
	const clean = { PATH: process.env['PATH'], HOME: root, TUNINGFORK_DATA: data };
	const line = (args: readonly string[]) => [join(root, 'scripts/run.mjs'), ...args];
	return {
		root,
		data,
		run(args, env = {}) {
			const options = { env: { ...clean, ...env }, encoding: 'utf8', timeout: 60_000 } as const;
			const { status, stdout, stderr } = spawnSync(process.execPath, line(args), options);
			return { code: status, said: stdout + stderr };
		},
		begin: (args, env = {}) =>
			running(spawn(process.execPath, line(args), { env: { ...clean, ...env } }))
	};
}

function running(child: ChildProcess): Running {
	let said = '';
	child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
	child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
	const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
	onTestFinished(async () => {
		child.kill('SIGTERM');
		await ended;
	});
	return {
		child,
		ended,
		said: () => said,
		async until(words) {
			for (let tries = 0; tries < 400; tries += 1) {
				const found = words.exec(said);
				if (found) return found;
				await wait(25);
			}
			throw new Error(`It never said ${String(words)}:\n${said}`);
		}
	};
}

/** Listens on a port that is then known to be free or, until closed, known to be taken. */
export function listen(): Promise<{ port: number; close: () => Promise<void> }> {
	const server = createServer();
	const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
	return new Promise((resolve) => {
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			resolve({ port: typeof address === 'object' && address ? address.port : 0, close });
		});
	});
}

export async function freePort(): Promise<number> {
	const { port, close } = await listen();
	await close();
	return port;
}

export function readJson(file: string): Record<string, string & number> {
	if (!existsSync(file)) throw new Error(`${file} is not there.`);
	return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string & number>;
}
