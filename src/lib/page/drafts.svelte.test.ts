import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newCell, type Cell } from '$lib/notebook/cell';
import { Drafts, PAUSE } from './drafts.svelte';
import { DraftStorage } from './storage';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
	const items = new Map<string, string>();
	const storage = new DraftStorage(
		{
			getItem: (key) => items.get(key) ?? null,
			setItem: (key, value) => void items.set(key, value),
			removeItem: (key) => void items.delete(key)
		},
		'here',
		'01'
	);
	const saves: string[] = [];
	let cell: Cell = newCell('a', 'lesson', 'one');
	const ports = { storage, cell: () => cell, onsave: (id: string) => void saves.push(id) };
	const drafts = new Drafts(ports);
	const server = (source: string) => {
		cell = { ...cell, source, revision: cell.revision + 1 };
		drafts.see('a');
	};
	return { drafts, saves, items, ports, server, now: () => drafts.of(cell) };
}

test('saves once the hands rest, and keeps every keystroke in the browser until then', () => {
	const { drafts, saves, items } = setUp();
	drafts.type('a', 'o');
	vi.advanceTimersByTime(PAUSE - 1);
	drafts.type('a', 'on');
	vi.advanceTimersByTime(PAUSE - 1);
	expect([saves, items.size]).toEqual([[], 1]);
	vi.advanceTimersByTime(1);
	expect(saves).toEqual(['a']);
});

test('an acknowledged text leaves nothing behind', () => {
	const { drafts, items, server, now } = setUp();
	drafts.type('a', 'two');
	expect(drafts.take('a')).toEqual({ source: 'two', base: 0 });
	server('two');
	drafts.answered('a', { ok: true, seq: 1 });
	expect([now().text, now().base, items.size]).toEqual(['two', 1, 0]);
});

test('typing on while a text is on its way: the rest is saved on top', () => {
	const { drafts, saves, server } = setUp();
	drafts.type('a', 'two');
	drafts.take('a');
	drafts.type('a', 'two and three');
	server('two');
	drafts.answered('a', { ok: true, seq: 1 });
	vi.advanceTimersByTime(PAUSE);
	expect(saves).toEqual(['a']);
	expect(drafts.take('a')).toEqual({ source: 'two and three', base: 1 });
});

test('a conflict is not sent until it is settled', () => {
	const { drafts, saves, server, now } = setUp();
	drafts.type('a', 'mine');
	server('theirs');
	vi.advanceTimersByTime(PAUSE);
	expect([now().conflict, drafts.take('a'), drafts.unsent]).toEqual([true, null, []]);
	saves.length = 0;
	drafts.keepMine('a');
	expect([saves, drafts.take('a')]).toEqual([['a'], { source: 'mine', base: 1 }]);
});

test('using theirs forgets mine', () => {
	const { drafts, server, items, now } = setUp();
	drafts.type('a', 'mine');
	server('theirs');
	drafts.useTheirs('a');
	expect([now().text, items.size]).toEqual(['theirs', 0]);
});

test('a text that could not be saved is told, kept and tried again', () => {
	const { drafts, saves, items, now } = setUp();
	drafts.type('a', 'two');
	drafts.take('a');
	drafts.answered('a', { ok: false, problem: { code: 'disk-full' } });
	vi.advanceTimersByTime(10 * PAUSE);
	expect([now().problem?.code, saves, items.size]).toEqual(['disk-full', [], 1]);
	drafts.retry();
	expect(saves).toEqual(['a']);
});

test('another window finds what a crash left', () => {
	const { drafts, ports } = setUp();
	drafts.type('a', 'half a line');
	const next = new Drafts(ports);
	next.recover([ports.cell()]);
	expect(next.take('a')).toEqual({ source: 'half a line', base: 0 });
});
