/** A stock Jupyter Server below a path: lesson 1, and what a kernel must be able to do anywhere. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KernelLink, KernelMessage } from '../port';
import { next, pause, run, Transcript } from '../testing';
import { lessonOne, type Server, startJupyter } from './testing';

let server: Server;
let link: KernelLink;
let transcript: Transcript;
const stages: string[] = [];

beforeAll(async () => {
	server = await startJupyter();
	transcript = new Transcript();
	const stage = (text: string) => stages.push(text);
	link = await server.host.start({ cwd: server.cwd('lesson'), listener: transcript, stage });
}, 60_000);

beforeEach(() => {
	transcript.heard.length = 0;
});

afterAll(async () => {
	await server.host.stop();
	await server.close();
}, 30_000);

function failure(execution: string): KernelMessage | undefined {
	return transcript.of(execution).find(({ type }) => type === 'error');
}

async function begin(code: string): Promise<string> {
	const execution = next();
	link.execute(execution, code);
	await transcript.find((message) => message.type === 'started' && message.execution === execution);
	return execution;
}

test('the kernel works in a folder of its own there, with our package and nothing of ours in the names', async () => {
	const code =
		'import os, tuningfork; print(os.getcwd(), tuningfork.__file__, [n for n in dir() if "tuning" in n or n == "g"])';
	const execution = await run(link, transcript, code);
	expect(stages).toEqual(['host', 'python', 'answering']);
	const [cwd, file, ...names] = transcript.text(execution).trim().split(' ');
	expect(cwd).toBe(`${server.home}/tuningfork/work/me/lesson`);
	expect(file).toContain(`${server.home}/.cache/tuningfork/`);
	expect(names.join(' ')).toBe("['tuningfork']");
});

test('lesson 1, every cell as it stands there', async () => {
	const answers = [];
	for (const { id, code } of lessonOne()) {
		const execution = await run(link, transcript, code);
		expect([id, failure(execution)]).toEqual([id, undefined]);
		answers.push(transcript.of(execution));
	}
	const charts = answers.flat().filter((message) => message.type === 'display');
	expect(charts.length).toBeGreaterThan(5);
	expect(JSON.stringify(charts)).toContain('application/vnd.tuningfork');
}, 120_000);

test('text, displays, results and input come in order, each once', async () => {
	const code = 'print("a")\ndisplay(1)\nprint(input("name? "))\n40 + 2';
	const execution = await begin(code);
	await transcript.find(({ type }) => type === 'input-requested');
	link.answer(execution, 0, 'Ada');
	await transcript.idle(execution);
	expect(transcript.of(execution).map(({ type }) => type)).toEqual([
		...['busy', 'started', 'stream', 'display', 'input-requested', 'stream', 'result', 'idle']
	]);
	const tapes = transcript.heard.map(({ tape }) => tape);
	expect(tapes).toEqual(tapes.toSorted((a, b) => a - b));
});

test('an interrupt ends a loop, completion and inspection answer, and beside runs beside', async () => {
	const loop = await begin('import time\nwhile True: time.sleep(0.05)');
	const beside = next();
	link.execute(beside, 'print("meanwhile")', { beside: true });
	await transcript.idle(beside);
	expect(transcript.text(beside)).toBe('meanwhile\n');
	const stuck = next();
	link.execute(stuck, 'while True: time.sleep(0.05)', { beside: true });
	await transcript.find((message) => message.type === 'started' && message.execution === stuck);
	await link.request({ do: 'interrupt', execution: stuck });
	await transcript.idle(stuck);
	expect(failure(stuck)).toMatchObject({ name: 'KeyboardInterrupt' });
	await link.interrupt();
	await transcript.idle(loop);
	expect(failure(loop)).toMatchObject({ name: 'KeyboardInterrupt' });
	await run(link, transcript, 'fork_frequency = 440');
	const code = '"𝄞"; fork_fr';
	await run(link, transcript, 'get_ipython().Completer.complete("fork_fr")');
	expect(await link.complete(code, code.length)).toMatchObject({ matches: ['fork_frequency'] });
	expect(await link.inspect('len', 3)).toMatchObject({ 'text/plain': expect.any(String) });
}, 30_000);

test('a flood that the server cuts off arrives whole', async () => {
	const code = 'for i in range(60_000): print("line", i, "." * 60)';
	const execution = await run(link, transcript, code);
	const lines = transcript.text(execution).trimEnd().split('\n');
	expect(lines).toHaveLength(60_000);
	expect(lines.every((line, i) => line.startsWith(`line ${i} `))).toBe(true);
	expect(readFileSync(`${server.home}/server.log`, 'utf8')).toContain('rate exceeded');
	expect(transcript.text(execution, 'stderr')).toBe('');
}, 60_000);

test('a training that is paused ends with its checkpoint', async () => {
	const code =
		'big = TrainConfig(num_train_epochs=200, eval_steps=50)\nmodel, tokenizer = load_model("tiny-distilbert", labels=data.labels)\ntrain(model, train_data, val_data, big)';
	const execution = await begin(code);
	await transcript.find((message) => message.type === 'display' && message.execution === execution);
	await pause(500);
	await link.request({ do: 'pause' });
	await transcript.idle(execution);
	expect(failure(execution)).toBeUndefined();
	expect(JSON.stringify(transcript.of(execution))).toMatch(/paused at step/);
}, 60_000);

test('a restart forgets the variables and brings no word of the old process; numbers go on', async () => {
	const old = await begin('kept = 1\nwhile True: print("old")');
	await pause(300);
	const last = transcript.heard.at(-1)?.tape ?? 0;
	await link.restart();
	const mark = transcript.heard.length;
	const execution = await run(link, transcript, 'kept');
	expect(failure(execution)).toMatchObject({ name: 'NameError' });
	const later = transcript.heard.slice(mark).map(({ message }) => message);
	expect(later.filter((message) => 'execution' in message && message.execution === old)).toEqual(
		[]
	);
	expect(transcript.heard.at(-1)?.tape).toBeGreaterThan(last);
	expect(
		transcript.text(await run(link, transcript, 'import os, tuningfork; print(os.getcwd())'))
	).toContain('/me/lesson');
}, 30_000);

test('a death is told once, also when the server starts another process by itself', async () => {
	link.execute(next(), 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)');
	const died = await transcript.find(({ type }) => type === 'died');
	expect(died.message).toMatchObject({ cause: 'unknown', exitCode: null, signal: null });
	await pause(1500);
	expect(transcript.heard.filter(({ message }) => message.type === 'died')).toHaveLength(1);
	await link.restart();
	expect(transcript.text(await run(link, transcript, 'print("again")'))).toBe('again\n');
	expect(transcript.losses).toEqual([]);
}, 40_000);
