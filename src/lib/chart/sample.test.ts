import { describe, expect, test } from 'vitest';
import { sample, type Point } from './sample';

/** A fixed sequence that looks random (a linear congruential generator). */
function* noise(seed: number): Generator<number> {
	for (let state = seed; ;) {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		yield state / 2_147_483_648;
	}
}

function curve(length: number, seed = 7): readonly Point[] {
	const random = noise(seed);
	return Array.from({ length }, (_, x) => ({
		x,
		y: Math.exp(-x / 300) + 0.1 * (random.next().value ?? 0)
	}));
}

describe.each([3, 10, 100, 601, 5000, 100_000])('of %i points', (length) => {
	const points = curve(length);

	test.each([3, 50, 600, 1000])(
		'at most %i are kept, all of them real, in order, with both ends',
		(limit) => {
			const kept = sample(points, limit);
			expect(kept).toHaveLength(Math.min(length, limit));
			expect(kept[0]).toBe(points[0]);
			expect(kept.at(-1)).toBe(points.at(-1));
			expect(kept.every((point) => points[point.x] === point)).toBe(true);
			expect(kept.every((point, index) => index === 0 || point.x > (kept[index - 1]?.x ?? 0))).toBe(
				true
			);
		}
	);
});

test('a spike of one point is never lost', () => {
	for (const at of [1, 17, 500, 998]) {
		const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: x === at ? 50 : 0 }));
		expect(sample(points, 100)).toContainEqual({ x: at, y: 50 });
	}
});

test('the range of the values is kept but for a hair', () => {
	const points = curve(20_000, 3);
	const values = (list: readonly Point[]) => list.map((point) => point.y);
	const kept = sample(points, 600);
	expect(Math.max(...values(kept))).toBeCloseTo(Math.max(...values(points)), 1);
	expect(Math.min(...values(kept))).toBeCloseTo(Math.min(...values(points)), 1);
});

test('few points are given back as they are', () => {
	const points = curve(20);
	expect(sample(points, 20)).toBe(points);
	expect(sample([], 10)).toEqual([]);
});
