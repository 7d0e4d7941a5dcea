import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Frame } from '$lib/protocol/frame';
import { EventStream, SILENCE, type Line, type Source } from './stream';

class FakeSource implements Source {
	isClosed = false;
	readonly #listeners = new Map<string, (event: { readonly data?: unknown }) => void>();

	addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
		this.#listeners.set(type, listener);
	}

	emit(type: string, frame?: Frame): void {
		this.#listeners.get(type)?.({ data: JSON.stringify(frame) });
	}

	close(): void {
		this.isClosed = true;
	}
}

const PING: Frame = { type: 'ping', seq: 0, version: '1', now: 0 };

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function setUp({ status = 0, isOnline = true, accept = true } = {}) {
	const sources: FakeSource[] = [];
	const lines: Line[] = [];
	const frames: Frame[] = [];
	const stream = new EventStream({
		open: () => {
			const source = new FakeSource();
			sources.push(source);
			return source;
		},
		probe: async () => status,
		isOnline: () => isOnline,
		now: () => Date.now(),
		random: () => 1,
		onframe: (frame) => {
			frames.push(frame);
			return accept;
		},
		onchange: (line) => lines.push(line)
	});
	stream.show();
	const last = () => {
		const source = sources.at(-1);
		if (!source) throw new Error('no source was opened');
		return source;
	};
	return { stream, sources, lines, frames, last };
}

test('hands frames over and says that it is connected', () => {
	const { last, lines, frames } = setUp();
	last().emit('open');
	last().emit('ping', PING);
	expect(frames).toEqual([PING]);
	expect(lines.at(-1)).toEqual({ type: 'connected' });
});

describe('a lost line', () => {
	test('is opened again, later each time', async () => {
		const { last, lines, sources } = setUp();
		last().emit('error');
		expect(lines.at(-1)).toEqual({ type: 'reconnecting', at: 500 });
		await vi.advanceTimersByTimeAsync(500);
		last().emit('error');
		expect([lines.at(-1), sources.length]).toEqual([{ type: 'reconnecting', at: 1500 }, 2]);
		expect(sources[0]?.isClosed).toBe(true);
	});

	test('is noticed by silence', async () => {
		const { last, sources } = setUp();
		last().emit('open');
		await vi.advanceTimersByTimeAsync(SILENCE - 1);
		expect(sources.length).toBe(1);
		last().emit('ping', PING);
		await vi.advanceTimersByTimeAsync(SILENCE + 600);
		expect(sources.length).toBe(2);
	});

	test('without a network is called so, and is still tried', async () => {
		const { last, lines, sources } = setUp({ isOnline: false });
		last().emit('error');
		expect(lines.at(-1)).toEqual({ type: 'offline' });
		await vi.advanceTimersByTimeAsync(500);
		expect(sources.length).toBe(2);
	});

	test('that is a closed door says so and stops knocking', async () => {
		const { last, lines, sources } = setUp({ status: 401 });
		last().emit('error');
		await vi.advanceTimersByTimeAsync(60_000);
		expect([lines.at(-1), sources.length]).toEqual([{ type: 'signed-out' }, 1]);
	});

	test('starts from a short wait again once it was up', async () => {
		const { last, lines } = setUp();
		last().emit('error');
		await vi.advanceTimersByTimeAsync(500);
		last().emit('error');
		await vi.advanceTimersByTimeAsync(1000);
		last().emit('open');
		last().emit('error');
		expect(lines.at(-1)).toEqual({ type: 'reconnecting', at: 2000 });
	});
});

test('missing entries: opens again at once', () => {
	const { last, sources } = setUp({ accept: false });
	last().emit('entries', { type: 'entries', entries: [] });
	expect(sources.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test('what an abandoned source still says is not heard', () => {
	const { stream, sources, frames } = setUp();
	stream.retry();
	sources[0]?.emit('ping', PING);
	expect(frames).toEqual([]);
});

test('a hidden page gives the connection back and takes it again when shown', async () => {
	const { stream, sources, lines } = setUp();
	stream.hide();
	await vi.advanceTimersByTimeAsync(60_000);
	expect([sources[0]?.isClosed, sources.length, lines.at(-1)]).toEqual([
		true,
		1,
		{ type: 'hidden' }
	]);
	stream.retry();
	expect(sources.length).toBe(1);
	stream.show();
	expect(sources.length).toBe(2);
});

test('sent away for good it stays away, however it is looked at, until the learner asks', () => {
	const { stream, sources, last, lines } = setUp();
	last().emit('open');
	last().emit('farewell', { type: 'farewell', problem: { code: 'too-many-tabs' } });
	const gone = last();
	// The browser tells of the end as of any other.
	gone.emit('error');
	stream.hide();
	stream.show();
	stream.retry();
	vi.advanceTimersByTime(3_600_000);
	expect([gone.isClosed, sources.length, lines.at(-1)]).toEqual([true, 1, { type: 'sent-away' }]);
	stream.goOn();
	last().emit('open');
	expect([sources.length, lines.at(-1)]).toEqual([2, { type: 'connected' }]);
});
