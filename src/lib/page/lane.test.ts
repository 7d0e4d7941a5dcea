import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, CommandReply, CommandRequest } from '$lib/protocol/command';
import { Lane, type Delivery } from './lane';

const DONE: CommandReply = { ok: true, seq: 1 };
const interrupt: Command = { type: 'interrupt' };
const restart: Command = { type: 'restart' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(deliveries: Delivery['type'][]) {
	const sent: CommandRequest[] = [];
	const seen: string[] = [];
	let ids = 0;
	const lane = new Lane({
		viewer: 'me',
		post: async (request) => {
			sent.push(request);
			const type = deliveries.shift() ?? 'answered';
			return type === 'answered' ? { type, reply: DONE } : { type };
		},
		newId: () => `id${(ids += 1)}`,
		random: () => 1,
		ondelivery: ({ type }) => seen.push(type)
	});
	const ask = (command: Command | null, answered: () => Promise<void> | void = () => undefined) =>
		lane.add({ build: () => command, answered });
	return { lane, sent, seen, ask };
}

test('sends again with the same id until there is an answer', async () => {
	const { sent, ask, seen } = setUp(['unreachable', 'unreachable', 'answered']);
	ask(interrupt);
	await vi.advanceTimersByTimeAsync(499);
	expect(sent.length).toBe(1);
	await vi.advanceTimersByTimeAsync(2000);
	expect(sent.map(({ id }) => id)).toEqual(['id1', 'id1', 'id1']);
	expect(seen).toEqual(['unreachable', 'unreachable', 'answered']);
});

test('keeps the order, and waits for what an answer brings about', async () => {
	const { sent, ask } = setUp([]);
	const { promise, resolve } = Promise.withResolvers<undefined>();
	ask(interrupt, async () => promise);
	ask(restart);
	await vi.advanceTimersByTimeAsync(0);
	expect(sent.map(({ command }) => command.type)).toEqual(['interrupt']);
	resolve(undefined);
	await vi.advanceTimersByTimeAsync(0);
	expect(sent.map(({ command }) => command.type)).toEqual(['interrupt', 'restart']);
});

test('builds a command when its turn comes, and passes over one that is no longer wanted', async () => {
	const { lane, sent, ask } = setUp(['unreachable']);
	let text = 'old';
	ask(interrupt);
	lane.add({
		build: () => ({ type: 'edit', cell: 'a', source: text, base: 0 }),
		answered: () => undefined
	});
	ask(null);
	text = 'new';
	await vi.advanceTimersByTimeAsync(1000);
	expect(sent.at(-1)?.command).toEqual({ type: 'edit', cell: 'a', source: 'new', base: 0 });
	expect(sent.length).toBe(3);
});

test('does not wait any longer when the network is back', async () => {
	const { lane, sent, ask } = setUp(['unreachable']);
	ask(interrupt);
	await vi.advanceTimersByTimeAsync(1);
	lane.wake();
	await vi.advanceTimersByTimeAsync(1);
	expect(sent.length).toBe(2);
});

test('a closed lane sends nothing more', async () => {
	const { lane, sent, ask } = setUp(['unreachable']);
	ask(interrupt);
	ask(restart);
	await vi.advanceTimersByTimeAsync(1);
	lane.close();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(sent.length).toBe(1);
});
