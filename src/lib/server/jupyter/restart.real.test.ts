/** A web process is killed in the middle of a flood; the next one misses nothing and hears nothing twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KernelLink, KernelMessage } from './port';
import { openRig, pause, type Rig, run, Transcript } from './testing';

interface Line {
	readonly kernel?: string;
	readonly tape?: number;
	readonly message?: KernelMessage;
}

const FLOOD = [
	'import sys, time',
	'for i in range(3000):',
	'    print("line", i, flush=i % 3 == 0)',
	'    if i % 100 == 0: display(i)',
	'    if i % 250 == 0: time.sleep(0.05)',
	'"the end"'
].join('\n');

let rig: Rig;
let program: string;
// Inside the project, so that the built program finds its packages.
const outDir = join(process.cwd(), 'node_modules', '.cache', `reader-${process.pid}`);

beforeAll(async () => {
	rig = openRig();
	await build({
		configFile: false,
		logLevel: 'error',
		build: { ssr: join(import.meta.dirname, 'reader.process.ts'), outDir, target: 'node22' },
		ssr: { noExternal: [/jupyter\//] }
	});
	program = join(outDir, 'reader.process.js');
}, 60_000);

afterAll(async () => {
	rmSync(outDir, { recursive: true, force: true });
	await rig.close();
});

function read(file: string): readonly Line[] {
	if (!existsSync(file)) return [];
	const whole = readFileSync(file, 'utf8');
	return whole
		.slice(0, whole.lastIndexOf('\n') + 1)
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Line);
}

/** Starts the other web process and kills it once it has heard `enough` messages. */
async function killAfter(enough: number, file: string): Promise<readonly Line[]> {
	const args = [program, rig.folder, file, FLOOD, '4'];
	const child = spawn(process.execPath, args, { stdio: 'inherit' });
	await expect
		.poll(() => read(file).length, { timeout: 30_000, interval: 5 })
		.toBeGreaterThan(enough);
	await killed(child);
	return read(file);
}

async function killed(child: ChildProcess): Promise<void> {
	const gone = new Promise((resolve) => child.once('exit', resolve));
	child.kill('SIGKILL');
	await gone;
}

/** What the messages amount to, however streams were cut. */
function story(messages: readonly KernelMessage[]): string {
	return messages
		.map((message) => {
			if (message.type === 'stream') return message.text;
			if (message.type === 'display' || message.type === 'result')
				return `<${message.type} ${String(message.data['text/plain'])}>`;
			return `<${message.type}>`;
		})
		.join('');
}

test('killed mid-flood, attached again: everything once, in order, as in an undisturbed run', async () => {
	const before = await killAfter(60, join(rig.folder, 'heard.jsonl'));
	const kernel = before.find((line) => line.kernel)?.kernel ?? '';
	const told = before.flatMap(({ tape, message }) => (tape && message ? [{ tape, message }] : []));
	const after = told.at(-1)?.tape ?? 0;
	await pause(300);

	const transcript = new Transcript();
	const link = await rig.host.attach({ kernel, after, listener: transcript });
	await transcript.idle('flood');
	const whole = [...told, ...transcript.heard];
	const flood = whole.map(({ message }) => message);

	const other = new Transcript();
	const second: KernelLink = await rig.kernel(other);
	const undisturbed = other.of(await run(second, other, FLOOD));

	expect(told.map(({ message }) => message.type)).not.toContain('idle');
	expect(transcript.heard[0]?.tape).toBe(after + 1);
	const tapes = whole.map(({ tape }) => tape);
	expect(tapes.every((tape, i) => i === 0 || tape > (tapes[i - 1] ?? 0))).toBe(true);
	expect(story(flood)).toBe(story(undisturbed));
	await link?.shutdown();
	await second.shutdown();
}, 90_000);

test('messages that were acked are gone for good, later ones are not', async () => {
	const transcript = new Transcript();
	const link = await rig.kernel(transcript);
	await run(link, transcript, 'print("one")');
	const acked = transcript.heard.at(-1)?.tape ?? 0;
	link.ack(acked);
	const last = await run(link, transcript, 'print("two")');
	link.detach();
	const later = new Transcript();
	const again = await rig.host.attach({ kernel: link.kernel, after: acked, listener: later });
	await later.idle(last);
	const refused = new Transcript();
	await rig.host.attach({ kernel: link.kernel, after: 0, listener: refused });
	await refused.until(() => refused.losses[0]);
	expect(later.text(last)).toBe('two\n');
	expect(refused.heard).toEqual([]);
	expect(again).not.toBeNull();
}, 60_000);

test('an input asked for while nobody listened can be answered by the next web process', async () => {
	const transcript = new Transcript();
	const link = await rig.kernel(transcript);
	link.execute('asking', 'import time; time.sleep(0.5); print(input("who? "))');
	await transcript.find(({ type }) => type === 'started');
	link.detach();
	const after = transcript.heard.at(-1)?.tape ?? 0;
	await pause(900);
	const later = new Transcript();
	const again = await rig.host.attach({ kernel: link.kernel, after, listener: later });
	await later.find(({ type }) => type === 'input-requested');
	again?.answer('asking', 0, 'Grace');
	await later.idle('asking');
	expect(later.text('asking')).toBe('Grace\n');
	await again?.shutdown();
}, 60_000);

test('a kernel that is not there is null, and so is one that was shut down', async () => {
	const listener = new Transcript();
	const nobody = 'aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb';
	expect(await rig.host.attach({ kernel: nobody, after: 0, listener })).toBeNull();
	const link = await rig.kernel(listener);
	await link.shutdown();
	expect(await rig.host.attach({ kernel: link.kernel, after: 0, listener })).toBeNull();
	expect(listener.losses).toEqual([]);
}, 60_000);
