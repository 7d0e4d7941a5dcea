import { expect, test } from 'vitest';
import { OF_LEARNER, OF_LESSON, Streams } from './streams';

test('a learner holds so many streams and no more: the oldest goes, and only their own', () => {
	const streams = new Streams();
	const gone: string[] = [];
	const open = (learner: string, lesson: string, name: string) =>
		streams.add({ learner, lesson, sendAway: () => gone.push(name) });
	open('ben', 'a', 'of ben');
	const close = open('anna', 'a', 'first');
	for (let number = 1; number < OF_LESSON; number += 1) open('anna', 'a', `a${number}`);
	expect(gone).toEqual([]);
	open('anna', 'a', 'one more');
	expect(gone).toEqual(['first']);
	// Sent away and ended by itself: counted once.
	close();
	for (let number = 0; number < OF_LEARNER; number += 1) open('anna', `b${number}`, `b${number}`);
	expect(gone).toHaveLength(1 + OF_LESSON);
	expect(gone).not.toContain('of ben');
});

test('one that has ended makes room', () => {
	const streams = new Streams();
	const gone: number[] = [];
	for (let number = 0; number < 3 * OF_LESSON; number += 1)
		streams.add({ learner: 'anna', lesson: 'a', sendAway: () => gone.push(number) })();
	expect(gone).toEqual([]);
});
