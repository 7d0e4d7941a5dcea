import { expect, test } from 'vitest';
import { Pauses } from './pauses';

test('a host that keeps dying is started again after longer and longer pauses', () => {
	let now = 0;
	const pauses = new Pauses(() => now);
	const seen = Array.from({ length: 9 }, () => {
		pauses.note();
		now += 100;
		return pauses.next();
	});
	expect(seen).toEqual([0, 0, 0, 500, 1000, 2000, 4000, 8000, 8000]);
});

test('one that lived for long is started again at once', () => {
	let now = 0;
	const pauses = new Pauses(() => now);
	for (let i = 0; i < 9; i += 1) pauses.note();
	now += 31_000;
	pauses.note();
	expect(pauses.next()).toBe(0);
});
