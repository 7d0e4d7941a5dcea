/** What the tape of a foreign kernel does when the server there does not do its part. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RemoteChannel } from './channel';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a restart that is never answered ends, with a reason', async () => {
	const channel = new RemoteChannel({
		address: { url: 'http://127.0.0.1:9/', token: '', kernel: null },
		kernel: 'some-kernel',
		after: 0,
		events: { message: () => undefined, end: () => undefined, exists: () => Promise.resolve(true) },
		setUp: () => Promise.resolve()
	});
	const never = new Promise<never>(() => undefined);
	const failure = channel.renew(() => never).catch((error: unknown) => error);
	await vi.advanceTimersByTimeAsync(121_000);
	const open = new Promise((resolve) => setImmediate(resolve, 'still waiting'));
	await vi.advanceTimersByTimeAsync(0);
	expect(await Promise.race([failure, open])).toMatchObject({ code: 'remote-silent' });
});
