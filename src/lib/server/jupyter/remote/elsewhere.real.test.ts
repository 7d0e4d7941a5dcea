/** A JupyterHub's server of one user, and an Enterprise Gateway: lesson 1 in short, and coming back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KernelLink } from '../port';
import { pause, run, Transcript } from '../testing';
import { lessonOne, type Server, startGateway, startHub } from './testing';

const SERVERS = [
	['JupyterHub', startHub],
	['Enterprise Gateway', startGateway]
] as const;

describe.each(SERVERS)('%s', (_name, startServer) => {
	let server: Server;
	let link: KernelLink;
	let transcript: Transcript;

	beforeAll(async () => {
		server = await startServer();
		transcript = new Transcript();
		const options = { cwd: server.cwd('lesson'), listener: transcript, stage: () => undefined };
		link = await server.host.start(options);
	}, 90_000);

	afterAll(async () => {
		await server.host.stop();
		await server.close();
	}, 30_000);

	test('lesson 1, with fewer rows and epochs', async () => {
		for (const { id, code } of lessonOne()) {
			const short = code.replace('n=1000', 'n=200').replace('epochs=8', 'epochs=2');
			const execution = await run(link, transcript, short);
			const failure = transcript.of(execution).find(({ type }) => type === 'error');
			expect([id, failure]).toEqual([id, undefined]);
		}
		const trained = JSON.stringify(transcript.heard.map(({ message }) => message));
		expect(trained).toContain('The loss fell');
	}, 90_000);

	test('an interrupt', async () => {
		link.execute('loop', 'import time\nwhile True: time.sleep(0.05)');
		await transcript.find((message) => message.type === 'started' && message.execution === 'loop');
		await link.interrupt();
		await transcript.idle('loop');
		const error = transcript.of('loop').find(({ type }) => type === 'error');
		expect(error).toMatchObject({ name: 'KeyboardInterrupt' });
	}, 60_000);

	// More than once: whether two connections get into each other's way is a matter of chance.
	test.each([1, 2, 3])(
		'restart %i',
		async () => {
			await link.restart();
			const execution = await run(link, transcript, 'print("tuningfork" in dir(), 6 * 7)');
			expect(transcript.text(execution)).toBe('False 42\n');
		},
		60_000
	);

	test('what is printed while nobody listens is heard by the next one, once', async () => {
		const code = 'import time\nfor i in range(40):\n    print(i)\n    time.sleep(0.02)';
		link.execute('count', code);
		await transcript.find((message) => message.type === 'stream' && message.execution === 'count');
		const after = transcript.heard.at(-1)?.tape ?? 0;
		link.detach();
		await pause(1200);
		const later = new Transcript();
		const again = await server.host.attach({ kernel: link.kernel, after, listener: later });
		await later.idle('count');
		const whole = transcript.text('count') + later.text('count');
		expect(whole).toBe(Array.from({ length: 40 }, (_, i) => `${i}\n`).join(''));
		await again?.shutdown();
		const listener = new Transcript();
		expect(await server.host.attach({ kernel: link.kernel, after, listener })).toBeNull();
	}, 60_000);
});
