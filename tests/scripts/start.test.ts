import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isAlive } from '../../scripts/setup/lock.mjs';
import { openLog } from '../../scripts/start/log.mjs';
import { emptyFolder, writeFiles } from './folder';
import {
	CRASHING,
	CRASHING_LATER,
	freePort,
	installation,
	listen,
	readJson,
	type Installation
} from './installation';

const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)\/\?invite=([\w-]{43})/;
const START = ['start', '--no-setup'];

async function started(there: Installation, env: NodeJS.ProcessEnv = {}) {
	const port = String(await freePort());
	const app = there.begin(START, { TUNINGFORK_PORT: port, ...env });
	const [, , token = ''] = await app.until(ADDRESS);
	return { ...app, port, token };
}

const web = (there: Installation) => readJson(join(there.data, 'run/web.json'));

test('prints one address whose token is good for one file, and nobody else may read that file', async () => {
	const there = installation();
	const { port, token } = await started(there);
	const name = createHash('sha256').update(token).digest('hex');
	expect(readdirSync(join(there.data, 'invites'))).toEqual([name]);
	expect(statSync(join(there.data, 'invites', name)).mode & 0o777).toBe(0o600);
	expect(web(there)).toMatchObject({ port: Number(port), url: `http://127.0.0.1:${port}` });
});

test('tells the app where it is and who may ask', async () => {
	const there = installation();
	const { port, until } = await started(there);
	await until(/The app says hello/);
	expect(readJson(join(there.data, 'seen.json'))).toMatchObject({
		NODE_ENV: 'production',
		HOST: '127.0.0.1',
		PORT: port,
		ORIGIN: `http://127.0.0.1:${port}`,
		BODY_SIZE_LIMIT: '16M',
		TUNINGFORK_ROOT: there.root,
		TUNINGFORK_DATA: there.data
	});
	expect(readFileSync(join(there.data, 'run/web.log'), 'utf8')).toMatch(/hello/);
});

test('does not start twice: a second start and "address" print a fresh address for the first', async () => {
	const there = installation();
	const { port, token } = await started(there);
	const second = there.run(START);
	expect(second.code).toBe(0);
	expect(second.said).toMatch(/already running/);
	const [, otherPort, otherToken] = ADDRESS.exec(second.said) ?? [];
	expect(otherPort).toBe(port);
	expect(otherToken).not.toBe(token);
	expect(there.run(['address']).said).toMatch(ADDRESS);
	expect(readdirSync(join(there.data, 'invites'))).toHaveLength(3);
});

test('takes the next free port when the wanted one is used by another program', async () => {
	const other = await listen();
	const app = installation().begin(START, { TUNINGFORK_PORT: String(other.port) });
	const [, port] = await app.until(ADDRESS);
	expect(Number(port)).toBeGreaterThan(other.port);
	expect(app.said()).toMatch(`Port ${other.port} is used by another program`);
	await other.close();
});

test('starts the app again when it is killed, on the same port, and says so', async () => {
	const there = installation();
	const { until, port } = await started(there);
	const before = web(there);
	process.kill(before['pid'] ?? 0, 'SIGKILL');
	await until(/ended unexpectedly \(SIGKILL\)/);
	for (let tries = 0; tries < 200 && web(there)['pid'] === before['pid']; tries += 1)
		await wait(25);
	await expect
		.poll(() =>
			fetch(`http://127.0.0.1:${port}/healthz`).then(
				(it) => it.text(),
				() => ''
			)
		)
		.toBe('ok');
	expect(web(there)).toMatchObject({ port: before['port'], keeper: before['keeper'] });
});

test('gives up after five crashes within a minute and shows the last words', async () => {
	const app = installation(CRASHING).begin(START, { TUNINGFORK_PORT: String(await freePort()) });
	expect(await app.ended).toBe(1);
	expect(app.said().match(/Starting it again/g)).toHaveLength(4);
	expect(app.said()).toMatch(/stopped five times.*I cannot read my database.*web\.log/s);
});

test('does not end the kernel host for an app that keeps stopping, but tries on until it comes up', async () => {
	const there = installation(CRASHING_LATER);
	const app = await started(there);
	const host = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	writeFiles(there.data, { 'run/host.json': JSON.stringify({ pid: host.pid }) });
	process.kill(web(there)['pid'] ?? 0, 'SIGKILL');
	await app.until(/five times in a row.*too much for me.*running cells go on.*web\.log/s);
	writeFiles(there.data, { mended: '' });
	await expect
		.poll(
			() =>
				fetch(`http://127.0.0.1:${app.port}/healthz`).then(
					(it) => it.ok,
					() => false
				),
			{
				timeout: 15_000
			}
		)
		.toBe(true);
	expect(host.signalCode).toBeNull();
	app.child.kill('SIGINT');
	expect(await app.ended).toBe(0);
	await expect.poll(() => host.signalCode).toBe('SIGTERM');
});

test('an app that never came up is not given up while a host from before has kernels', async () => {
	const there = installation(CRASHING);
	const host = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	writeFiles(there.data, { 'run/host.json': JSON.stringify({ pid: host.pid }) });
	const app = there.begin(START, { TUNINGFORK_PORT: String(await freePort()) });
	await app.until(/five times in a row/);
	expect(host.signalCode).toBeNull();
	app.child.kill('SIGINT');
	expect(await app.ended).toBe(0);
	await expect.poll(() => host.signalCode).toBe('SIGTERM');
});

test('stops the app and then the kernel host, and leaves no trace of running', async () => {
	const there = installation();
	const host = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	writeFiles(there.data, { 'run/host.json': JSON.stringify({ pid: host.pid }) });
	const app = await started(there);
	const pid = web(there)['pid'] ?? 0;
	app.child.kill('SIGINT');
	expect(await app.ended).toBe(0);
	expect(app.said()).toMatch(/Stopping\. Your work is saved\./);
	expect([isAlive(pid), existsSync(join(there.data, 'run/web.json'))]).toEqual([false, false]);
	await expect.poll(() => host.signalCode).toBe('SIGTERM');
});

test('"stop" ends an instance from elsewhere, also one whose terminal was killed', async () => {
	const there = installation();
	const first = await started(there);
	expect(there.run(['stop']).said).toMatch(/Stopped/);
	expect(await first.ended).toBe(0);
	const second = await started(there);
	const pid = web(there)['pid'] ?? 0;
	second.child.kill('SIGKILL');
	await second.ended;
	expect(there.run(START).said).toMatch(/already running/);
	expect(there.run(['stop']).said).toMatch(/Stopped/);
	expect(isAlive(pid)).toBe(false);
	expect(there.run(['stop']).said).toMatch(/was not running/);
});

test('an old note of an app that is gone is not believed', async () => {
	const there = installation();
	writeFiles(there.data, {
		'run/web.json': JSON.stringify({
			pid: 2 ** 22 + 1,
			keeper: 2 ** 22 + 1,
			port: 1,
			url: 'http://127.0.0.1:1'
		})
	});
	const words = there.run(['address']);
	expect(words.code).toBe(1);
	expect(words.said).toMatch(/not running.*npm start/s);
	const app = await started(there);
	expect(app.said()).toMatch(/is ready/);
});

test('Enter prints another address', async () => {
	const there = installation();
	const app = await started(there);
	app.child.stdin?.write('\n');
	await expect.poll(() => app.said().match(/\?invite=/g)).toHaveLength(2);
	expect(readdirSync(join(there.data, 'invites'))).toHaveLength(2);
});

/** As the real app: whoever comes second to the folder ends and says so, with the code the keeper knows. */
const LOCKING = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
const run = process.env.TUNINGFORK_DATA + '/run/';
try { new DatabaseSync(run + 'lock').exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); } catch { process.exit(75); }
writeFileSync(run + 'owner.json', JSON.stringify({ pid: process.pid, url: process.env.ORIGIN }));
const server = createServer((ask, answer) => answer.end('ok'));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

test('of two starts at the same moment one runs; the other one says where, and ends nothing of it', async () => {
	const there = installation(LOCKING);
	const host = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	writeFiles(there.data, { 'run/host.json': JSON.stringify({ pid: host.pid }) });
	for (let round = 0; round < 3; round += 1) {
		// Also for the same port: which of them gets it is not what decides.
		const ports = [await freePort(), await freePort()].map((port, at, [first]) =>
			String(round === 2 ? first : port)
		);
		const apps = ports.map((port) => there.begin(START, { TUNINGFORK_PORT: port }));
		await Promise.all(apps.map(({ until }) => until(ADDRESS)));
		const words = apps.map(({ said }) => (/already running/.test(said()) ? 'second' : 'first'));
		expect(words.toSorted()).toEqual(['first', 'second']);
		const [first, second] = words[0] === 'first' ? apps : apps.toReversed();
		expect(await second?.ended).toBe(0);
		expect(ADDRESS.exec(second?.said() ?? '')?.[1]).toBe(ADDRESS.exec(first?.said() ?? '')?.[1]);
		expect(web(there)).toMatchObject({ keeper: first?.child.pid });
		expect(isAlive(web(there)['pid'] ?? 0)).toBe(true);
		expect(host.exitCode ?? host.signalCode).toBe(null);
		first?.child.kill('SIGKILL');
		process.kill(web(there)['pid'] ?? 0, 'SIGKILL');
		await first?.ended;
	}
	host.kill();
});

test('the log is bounded: the full one is kept once, and a long line is cut', () => {
	const folder = emptyFolder();
	const file = join(folder, 'run/web.log');
	const log = openLog(file, 10_000);
	for (let line = 0; line < 100; line += 1) log.write(`${line} ${'x'.repeat(100_000)}`);
	log.close();
	expect(readdirSync(join(folder, 'run')).toSorted()).toEqual(['web.log', 'web.log.1']);
	const sizes = ['', '.1'].map((name) => statSync(file + name).size);
	expect(Math.max(...sizes)).toBeLessThan(15_000);
	expect(statSync(file).mode & 0o777).toBe(0o600);
});
