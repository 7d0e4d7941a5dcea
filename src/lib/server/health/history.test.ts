import { expect, test } from 'vitest';
import { Histories, SLOT_MS, SLOTS } from './history';

const HOUR = SLOTS * SLOT_MS;

function known(values: readonly (number | null)[]): readonly (readonly [number, number])[] {
	return values.flatMap((value, at) => (value === null ? [] : [[at, value] as const]));
}

test('keeps the highest value of each half minute, oldest first, with gaps where nothing was said', () => {
	const histories = new Histories();
	histories.note('a', 1, 0);
	histories.note('a', 5, 10_000);
	histories.note('a', 3, 20_000);
	histories.note('a', null, 30_000);
	histories.note('a', 2, 90_000);
	const read = histories.read('a', 95_000);
	expect(read).toHaveLength(SLOTS);
	expect(known(read)).toEqual([
		[SLOTS - 4, 5],
		[SLOTS - 1, 2]
	]);
});

test('what is older than an hour falls out, also when it is only read', () => {
	const histories = new Histories();
	histories.note('a', 7, 0);
	histories.note('a', 8, HOUR - SLOT_MS);
	expect(known(histories.read('a', HOUR - SLOT_MS))).toEqual([
		[0, 7],
		[SLOTS - 1, 8]
	]);
	expect(known(histories.read('a', HOUR))).toEqual([[SLOTS - 2, 8]]);
	expect(known(histories.read('a', 10 * HOUR))).toEqual([]);
});

test('says nothing of a series it does not know', () => {
	expect(new Histories().read('b', 0)).toEqual([]);
});

test('forgets a series that has said nothing for an hour', () => {
	const histories = new Histories();
	histories.note('old', 1, 0);
	histories.note('new', 1, HOUR);
	histories.forgetOld(HOUR);
	expect(histories.size).toBe(1);
	expect(known(histories.read('new', HOUR))).toHaveLength(1);
});

test('never keeps more than its limit: the longest unused goes first', () => {
	const histories = new Histories();
	for (let number = 0; number < 700; number += 1) histories.note(`n${number}`, 1, number);
	histories.note('n0', 1, 700);
	histories.forgetOld(700);
	expect(histories.size).toBe(600);
	expect(histories.read('n0', 700)).not.toEqual([]);
	expect(histories.read('n1', 700)).toEqual([]);
	expect(histories.read('n699', 700)).not.toEqual([]);
});
