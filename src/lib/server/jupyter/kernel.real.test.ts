/** One real kernel: what it says, how it is stopped, how it starts again. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KernelLink, KernelMessage } from './port';
import { next, openRig, pause, type Rig, run, Transcript } from './testing';

let rig: Rig;
let link: KernelLink;
let transcript: Transcript;
const stages: string[] = [];

beforeAll(async () => {
	rig = openRig();
	transcript = new Transcript();
	const cwd = join(rig.folder, 'work', 'lesson');
	link = await rig.host.start({ cwd, listener: transcript, stage: (text) => stages.push(text) });
}, 60_000);

beforeEach(() => {
	transcript.heard.length = 0;
});

afterAll(() => rig.close());

function kinds(execution: string): readonly string[] {
	return transcript.of(execution).map(({ type }) => type);
}

async function begin(code: string): Promise<string> {
	const execution = next();
	link.execute(execution, code);
	await transcript.find((message) => message.type === 'started' && message.execution === execution);
	return execution;
}

function failure(execution: string): KernelMessage | undefined {
	return transcript.of(execution).find(({ type }) => type === 'error');
}

test('starting is told in stages, in the folder given, which is made', async () => {
	const execution = await run(link, transcript, 'import os; print(os.getcwd())');
	expect(stages).toEqual(['host', 'python', 'answering']);
	expect(transcript.text(execution).trim()).toBe(realpathSync(join(rig.folder, 'work', 'lesson')));
});

test('text, a display, a result and an end, in order and numbered without a gap', async () => {
	const code =
		'print("a", flush=True)\ndisplay(1)\nprint("b")\nimport sys\nprint("c", file=sys.stderr)\n40+2';
	const execution = await run(link, transcript, code);
	expect(kinds(execution)).toEqual([
		'busy',
		'started',
		'stream',
		'display',
		'stream',
		'stream',
		'result',
		'idle'
	]);
	expect(transcript.of(execution)).toContainEqual({
		type: 'result',
		execution,
		count: expect.any(Number),
		data: { 'text/plain': '42' },
		metadata: {},
		displayId: null
	});
});

test('flushed lines of both streams keep their order around displays', async () => {
	const code =
		'import sys\nfor i in range(20):\n print("a", i, flush=True); print("b", i, file=sys.stderr, flush=True); display(i)';
	const execution = await run(link, transcript, code);
	const told = transcript.of(execution).flatMap((message) => {
		if (message.type === 'stream') return message.text.trimEnd().split('\n');
		return message.type === 'display' ? [`display ${String(message.data['text/plain'])}`] : [];
	});
	expect(told).toEqual(
		Array.from({ length: 20 }, (_, i) => [`a ${i}`, `b ${i}`, `display ${i}`]).flat()
	);
});

test('an error carries name, message and traceback, and aborts what was sent behind it', async () => {
	const first = next();
	const second = next();
	link.execute(first, 'int("x")');
	link.execute(second, 'print("never")');
	await transcript.idle(second);
	expect(failure(first)).toMatchObject({ name: 'ValueError', traceback: expect.any(Array) });
	expect(kinds(second)).not.toContain('started');
});

test('input is asked for and answered', async () => {
	const execution = await begin('print("hello", input("name? "))');
	const asked = await transcript.find(({ type }) => type === 'input-requested');
	link.answer(execution, 0, 'Ada');
	await transcript.idle(execution);
	expect(asked.message).toMatchObject({ prompt: 'name? ', password: false });
	expect(transcript.text(execution)).toBe('hello Ada\n');
});

test('a display can be updated and cleared, and help is a page', async () => {
	const code =
		'from IPython.display import clear_output\nh = display(1, display_id="d")\nh.update(2)\nclear_output(wait=True)';
	const execution = await run(link, transcript, code);
	expect(transcript.of(execution).slice(2, 5)).toMatchObject([
		{ type: 'display', displayId: 'd' },
		{ type: 'display-updated', displayId: 'd', data: { 'text/plain': '2' } },
		{ type: 'cleared', wait: true }
	]);
	const help = await run(link, transcript, 'len?');
	const page = await transcript.find(({ type }) => type === 'page');
	expect(page.message).toMatchObject({ execution: help });
});

test('a silent execution leaves the counter alone', async () => {
	const before = await run(link, transcript, '1');
	const silent = next();
	link.execute(silent, 'quiet = 1', { silent: true });
	await transcript.idle(silent);
	const after = await run(link, transcript, '1');
	const count = (id: string) =>
		transcript.of(id).flatMap((message) => (message.type === 'started' ? [message.count] : []));
	expect(count(after)[0]).toBe((count(before)[0] ?? 0) + 1);
});

test('an altair chart is a Vega-Lite bundle', async () => {
	const code =
		'import altair as alt\nalt.Chart(alt.Data(values=[{"a": 1}])).mark_bar().encode(x="a:Q")';
	const execution = await run(link, transcript, code);
	const result = transcript.of(execution).find(({ type }) => type === 'result');
	expect(result).toMatchObject({
		data: { 'application/vnd.vegalite.v5+json': { mark: { type: 'bar' } } }
	});
}, 40_000);

test('completion and inspection, with positions in UTF-16', async () => {
	await run(link, transcript, 'fork_frequency = 440; "𝄞"');
	await run(link, transcript, 'get_ipython().Completer.complete("fork_fr")');
	const code = '"𝄞"; fork_fr';
	expect(await link.complete(code, code.length)).toMatchObject({
		matches: ['fork_frequency'],
		from: 6,
		to: 13
	});
	expect(await link.inspect('len', 3)).toMatchObject({ 'text/plain': expect.any(String) });
	expect(await link.inspect('no_such_thing', 3)).toBeNull();
});

const LOOPS = [
	['a busy loop', 'while True: pass'],
	['a sleep', 'import time; time.sleep(60)'],
	['a flood of prints', 'while True: print("flood " * 5)'],
	['a flood of flushes', 'while True: print("flood " * 5, flush=True)'],
	['a flood of displays', 'while True: display("x" * 100)'],
	['an input', 'input("name? ")']
] as const;

test.each(LOOPS)('an interrupt ends %s within a second', async (_name, code) => {
	const execution = await begin(code);
	await pause(1000);
	const from = performance.now();
	await link.interrupt();
	const { at } = await transcript.idle(execution);
	expect(failure(execution)).toMatchObject({ name: 'KeyboardInterrupt' });
	expect(at - from).toBeLessThan(1000);
});

test('an interrupt ends a loop inside torch within a second', async () => {
	await run(link, transcript, 'import torch; x = torch.randn(200, 200)');
	const execution = await begin('while True: x = (x @ x).softmax(-1)');
	await pause(500);
	const from = performance.now();
	await link.interrupt();
	const { at } = await transcript.idle(execution);
	expect(failure(execution)).toMatchObject({ name: 'KeyboardInterrupt' });
	expect(at - from).toBeLessThan(1000);
}, 60_000);

test('100,000 printed lines arrive whole and soon', async () => {
	const from = performance.now();
	const execution = await run(link, transcript, 'for i in range(100_000): print("line", i)');
	const lines = transcript.text(execution).split('\n');
	expect(lines).toHaveLength(100_001);
	expect(lines.slice(0, -1).every((line, i) => line === `line ${i}`)).toBe(true);
	expect(performance.now() - from).toBeLessThan(10_000);
});

test('a 50 MB print arrives in pieces, and what it leaves behind is forgotten after an ack', async () => {
	const execution = await run(link, transcript, 'print("x" * 50_000_000)');
	const pieces = transcript
		.of(execution)
		.flatMap((message) => (message.type === 'stream' ? [message.text.length] : []));
	expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(50_000_001);
	expect(Math.max(...pieces)).toBeLessThanOrEqual(256 * 1024);
	const folder = join(rig.place.runtime, 'k', link.kernel.slice(0, 8));
	const first = transcript.heard[0]?.tape ?? 0;
	link.ack(transcript.heard.at(-1)?.tape ?? 0);
	await expect.poll(() => existsSync(join(folder, `tape-${first}`))).toBe(false);
});

test('20,000 flushed lines cost few messages', async () => {
	const execution = await run(link, transcript, 'for i in range(20_000): print(i, flush=True)');
	expect(transcript.text(execution)).toBe(
		Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join('')
	);
	expect(transcript.of(execution).length).toBeLessThan(400);
});

test('a restart forgets the variables, keeps the kernel id and goes on counting the tape', async () => {
	const before = await run(link, transcript, 'kept = 1');
	const last = transcript.heard.at(-1)?.tape ?? 0;
	await link.restart();
	const after = await run(link, transcript, 'kept');
	expect(failure(before)).toBeUndefined();
	expect(failure(after)).toMatchObject({ name: 'NameError' });
	expect(transcript.heard.at(-1)?.tape).toBeGreaterThan(last);
	expect(transcript.losses).toEqual([]);
}, 30_000);

test('a restart in the middle of a flood brings no word of the old process afterwards', async () => {
	const old = await begin('i = 0\nwhile True:\n print(i); i += 1');
	await pause(500);
	await link.restart();
	const mark = transcript.heard.length;
	const execution = await run(link, transcript, 'print("new")');
	const later = transcript.heard.slice(mark).map(({ message }) => message);
	expect(later.filter((message) => 'execution' in message && message.execution === old)).toEqual(
		[]
	);
	expect(transcript.text(execution)).toBe('new\n');
}, 30_000);
