/** Kernels and hosts that die: noticed soon, told with the cause, and the next one works. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRunning } from './description';
import type { KernelLink } from './port';
import { createKernelHost } from './real';
import { openRig, pause, type Rig, run, Transcript } from './testing';

let rig: Rig;
let transcript: Transcript;
let link: KernelLink;

beforeEach(async () => {
	rig = openRig();
	transcript = new Transcript();
	link = await rig.kernel(transcript);
}, 60_000);

afterEach(() => rig.close());

async function kernelPid(): Promise<number> {
	const execution = await run(link, transcript, 'import os; print(os.getpid())');
	return Number(transcript.text(execution));
}

test('kill -9 of a kernel in the middle of its work', async () => {
	const pid = await kernelPid();
	link.execute('last', 'import time\nprint("before")\nwhile True: time.sleep(0.1)');
	await transcript.find((message) => message.type === 'stream' && message.text === 'before\n');
	const from = performance.now();
	process.kill(pid, 'SIGKILL');
	const died = await transcript.find(({ type }) => type === 'died');
	expect(died.at - from).toBeLessThan(500);
	expect(died.message).toEqual({
		type: 'died',
		cause: 'signal',
		sure: true,
		exitCode: null,
		signal: 'SIGKILL',
		memoryMb: expect.any(Number),
		boundMb: expect.any(Number),
		machineMb: expect.any(Number),
		freeMb: expect.any(Number),
		full: null,
		doing: null,
		fits: null,
		where: null
	});

	await link.restart();
	const execution = await run(link, transcript, 'print("again")');
	expect(transcript.text(execution)).toBe('again\n');
	expect(transcript.losses).toEqual([]);
}, 60_000);

test('a kernel that ends itself tells its exit code, after everything it printed', async () => {
	link.execute('last', 'import os, time\nprint("good" + "bye")\ntime.sleep(0.3)\nos._exit(3)');
	const died = await transcript.find(({ type }) => type === 'died');
	expect(died.message).toMatchObject({ cause: 'exit', exitCode: 3, signal: null });
	expect(transcript.text('last')).toBe('goodbye\n');
	await pause(1500);
	expect(transcript.heard.filter(({ message }) => message.type === 'died')).toHaveLength(1);
}, 60_000);

test('a death while nobody listened is on the tape', async () => {
	const pid = await kernelPid();
	const after = transcript.heard.at(-1)?.tape ?? 0;
	link.detach();
	process.kill(pid, 'SIGSEGV');
	await pause(800);
	const later = new Transcript();
	const again = await rig.host.attach({ kernel: link.kernel, after, listener: later });
	const died = await later.find(({ type }) => type === 'died');
	expect(died.message).toMatchObject({ cause: 'fault', signal: 'SIGSEGV' });
	await again?.restart();
	expect(later.losses).toEqual([]);
}, 60_000);

test('kill -9 of the host, again and again: the cell goes on at the next one, nothing is missing', async () => {
	const pid = await kernelPid();
	const code =
		'import time\nfor n in range(400):\n    print("line", n, flush=True)\n    time.sleep(0.01)';
	link.execute('counting', code);
	for (const line of [20, 200]) {
		await transcript.until(
			() => transcript.text('counting').includes(`line ${line}\n`) || undefined
		);
		const host = rig.pid();
		process.kill(host, 'SIGKILL');
		await expect.poll(() => rig.pid() !== host, { timeout: 20_000 }).toBe(true);
	}
	await transcript.idle('counting');
	const lines = Array.from({ length: 400 }, (_, n) => `line ${n}\n`).join('');
	expect(transcript.text('counting')).toBe(lines);
	expect(transcript.heard.map(({ tape }) => tape)).toEqual(
		[...new Set(transcript.heard.map(({ tape }) => tape))].sort((a, b) => a - b)
	);
	expect(transcript.losses).toEqual([]);
	expect(await kernelPid()).toBe(pid);
}, 60_000);

test('what is asked while the host is dead is done by the next one, once', async () => {
	await run(link, transcript, 'count = 0');
	process.kill(rig.pid(), 'SIGKILL');
	link.execute('blind', 'count += 1; print("count", count); input("on? ")');
	await transcript.find(({ type }) => type === 'input-requested');
	process.kill(rig.pid(), 'SIGKILL');
	link.answer('blind', 0, 'yes');
	await transcript.idle('blind');
	expect(transcript.text('blind')).toBe('count 1\n');
	link.execute('endless', 'print("on")\nwhile True: pass');
	await transcript.find((message) => message.type === 'stream' && message.text === 'on\n');
	process.kill(rig.pid(), 'SIGKILL');
	await link.interrupt();
	await transcript.idle('endless');
	process.kill(rig.pid(), 'SIGKILL');
	await link.restart();
	const execution = await run(link, transcript, 'print("count" in globals())');
	expect(transcript.text(execution)).toBe('False\n');
	expect(transcript.losses).toEqual([]);
}, 60_000);

test('a web process that starts after both were killed finds the kernel at a host of its own', async () => {
	const pid = await kernelPid();
	const after = transcript.heard.at(-1)?.tape ?? 0;
	link.detach();
	process.kill(rig.pid(), 'SIGKILL');
	const other = createKernelHost(rig.place);
	const later = new Transcript();
	const again = await other.attach({ kernel: link.kernel, after, listener: later });
	if (again === null) throw new Error('The kernel is gone.');
	const execution = await run(again, later, 'import os; print(os.getpid())');
	expect(Number(later.text(execution))).toBe(pid);
	await again.shutdown();
	expect(isRunning(pid)).toBe(false);
}, 60_000);

test('two web processes that start at once share one host', async () => {
	const other = createKernelHost(rig.place);
	await rig.host.stop();
	const [a, b] = [new Transcript(), new Transcript()];
	const start = { cwd: join(rig.folder, 'work'), stage: () => undefined };
	const [one, two] = await Promise.all([
		rig.host.start({ ...start, listener: a }),
		other.start({ ...start, listener: b })
	]);
	expect(a.text(await run(one, a, 'print("a")'))).toBe('a\n');
	expect(b.text(await run(two, b, 'print("b")'))).toBe('b\n');
}, 60_000);

test('the runtime folder and what is in it are for this user only', () => {
	const mode = (name: string) => statSync(join(rig.place.runtime, name)).mode & 0o777;
	expect(mode('')).toBe(0o700);
	expect(mode('host.json')).toBe(0o600);
	expect(mode('jupyter.sock')).toBe(0o600);
});

test('a host or a kernel that cannot start says why', async () => {
	const python = join(rig.folder, 'python');
	mkdirSync(join(rig.folder, 'other'));
	const place = { ...rig.place, runtime: join(rig.folder, 'other', 'run') };
	const start = { cwd: rig.folder, listener: transcript, stage: () => undefined };
	const failed = (path: string) => createKernelHost({ ...place, python: path }).start(start);

	await expect(failed(join(rig.folder, 'missing'))).rejects.toMatchObject({ code: 'no-python' });
	writeFileSync(python, '#!/bin/sh\necho "No module named jupyter_server"; exit 1\n');
	chmodSync(python, 0o755);
	await expect(failed(python)).rejects.toMatchObject({
		code: 'host-not-started',
		log: 'No module named jupyter_server'
	});
}, 30_000);
