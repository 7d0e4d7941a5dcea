import { expect, test } from 'vitest';
import { FakeKernelHost } from './fake';
import type { KernelLink } from './port';
import { next, run, Transcript } from './testing';

async function open(host = new FakeKernelHost()) {
	const transcript = new Transcript();
	const stages: string[] = [];
	const stage = (text: string) => stages.push(text);
	const link = await host.start({ cwd: '/nowhere', listener: transcript, stage });
	return { host, link, transcript, stages };
}

function begin(link: KernelLink, code: string): string {
	const execution = next();
	link.execute(execution, code);
	return execution;
}

test('a program prints, shows and gives a result, numbered from 1', async () => {
	const { link, transcript, stages } = await open();
	const execution = await run(link, transcript, 'x = 1\nprint("hello")\ndisplay("chart")\n1+1');
	expect(stages).toEqual(['host', 'python', 'answering']);
	expect(transcript.of(execution).map(({ type }) => type)).toEqual([
		'busy',
		'started',
		'stream',
		'display',
		'result',
		'idle'
	]);
	expect(transcript.heard.map(({ tape }) => tape)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('an error ends the program and what is queued behind it', async () => {
	const { link, transcript } = await open();
	const first = begin(link, 'raise ValueError("bad")\nprint("never")');
	const second = begin(link, 'print("never")');
	await transcript.idle(second);
	expect(transcript.of(first).map(({ type }) => type)).toEqual([
		'busy',
		'started',
		'error',
		'idle'
	]);
	expect(transcript.of(second).map(({ type }) => type)).toEqual(['busy', 'idle']);
});

test('input waits for an answer', async () => {
	const { link, transcript } = await open();
	const execution = begin(link, 'print(input("name? "))');
	await transcript.find(({ type }) => type === 'input-requested');
	link.answer(execution, 0, 'Ada');
	await transcript.idle(execution);
	expect(transcript.text(execution)).toBe('Ada\n');
});

test.each(['while True: pass', 'time.sleep(60)', 'input("name? ")'])(
	'an interrupt ends %s',
	async (code) => {
		const { link, transcript } = await open();
		const execution = begin(link, code);
		await transcript.find(({ type }) => type === 'started');
		await new Promise((resolve) => setTimeout(resolve, 5));
		await link.interrupt();
		await transcript.idle(execution);
		expect(transcript.of(execution).at(-2)).toMatchObject({ name: 'KeyboardInterrupt' });
	}
);

test('a kernel goes on without a listener and the next one misses nothing', async () => {
	const { host, link, transcript } = await open();
	const execution = begin(link, 'for i in range(100): print(i)');
	await transcript.until(() => transcript.heard.at(9));
	link.detach();
	const first = transcript.heard.length;
	const second = new Transcript();
	const again = await host.attach({ kernel: link.kernel, after: first, listener: second });
	await second.idle(execution);
	const tapes = [...transcript.heard, ...second.heard].map(({ tape }) => tape);
	expect(again?.kernel).toBe(link.kernel);
	expect(tapes).toEqual(tapes.map((_, i) => i + 1));
	expect(transcript.text(execution) + second.text(execution)).toBe(
		Array.from({ length: 100 }, (_, i) => `${i}\n`).join('')
	);
});

test('a killed kernel says so, and a restart makes it work again', async () => {
	const { host, link, transcript } = await open();
	begin(link, 'while True: pass');
	await transcript.find(({ type }) => type === 'started');
	host.kill(link.kernel);
	const died = await transcript.find(({ type }) => type === 'died');
	await link.restart();
	const execution = await run(link, transcript, '2*3');
	expect(died.message).toMatchObject({ signal: 'SIGKILL', exitCode: null });
	expect(transcript.of(execution)).toContainEqual(
		expect.objectContaining({ type: 'result', count: 1, data: { 'text/plain': '6' } })
	);
});

test('a dead host is told once and has no kernels left', async () => {
	const { host, link, transcript } = await open();
	host.die();
	expect(transcript.losses.map(({ reason }) => reason)).toEqual(['host-died']);
	expect(await host.attach({ kernel: link.kernel, after: 0, listener: transcript })).toBeNull();
});
