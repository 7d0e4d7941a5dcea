import { expect, test } from 'vitest';
import { backoff } from './backoff';

test('doubles up to a limit', () => {
	const longest = (failures: number) => backoff(failures, 1);
	expect([1, 2, 3, 4, 5, 6, 20].map(longest)).toEqual([
		500, 1000, 2000, 4000, 8000, 15_000, 15_000
	]);
});

test('the random part takes away up to a half', () => {
	expect([0, 0.5, 1].map((random) => backoff(3, random))).toEqual([1000, 1500, 2000]);
});
