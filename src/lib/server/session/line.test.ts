import { expect, test } from 'vitest';
import { EMPTY, finish, join, leave, letIn, places, putBack, type Line } from './line';

const LIMITS = { light: 2, heavy: 1 };
const LIGHT: Line = { ...EMPTY, effort: 'light' };

/** Everybody named joins, `anna-1` being a ticket of Anna's. */
function after(line: Line, ...ids: readonly string[]): Line {
	return ids.reduce((now, id) => join(now, { id, learner: id.split('-')[0] ?? '' }), line);
}

function order(line: Line): readonly string[] {
	return [...places(line, LIMITS, 0).keys()];
}

test('who came first is let in first, as many as may start at once', () => {
	const line = after(LIGHT, 'anna', 'ben', 'cleo');
	const first = letIn(line, LIMITS, 0);
	expect(first.admitted).toEqual(['anna', 'ben']);
	expect(letIn(first.line, LIMITS, 0).admitted).toEqual([]);
	expect(letIn(finish(first.line, 'ben', 'light', 400), LIMITS, 400).admitted).toEqual(['cleo']);
});

test('fewer start at once when the last start was an ordinary one', () => {
	expect(letIn(after(EMPTY, 'anna', 'ben'), LIMITS, 0).admitted).toEqual(['anna']);
	const { line } = letIn(after(LIGHT, 'anna', 'ben', 'cleo'), LIMITS, 0);
	expect(letIn(finish(line, 'anna', 'heavy', 900), LIMITS, 900).admitted).toEqual([]);
});

test('whoever asks often waits behind everybody else the second time', () => {
	const line = after(LIGHT, 'anna-1', 'anna-2', 'anna-3', 'ben-1', 'cleo-1', 'ben-2');
	expect(order(line)).toEqual(['anna-1', 'ben-1', 'cleo-1', 'anna-2', 'ben-2', 'anna-3']);
	const { line: busy } = letIn(after(LIGHT, 'anna-1', 'dora-1'), LIMITS, 0);
	expect(order(after(busy, 'anna-2', 'ben-1'))).toEqual(['ben-1', 'anna-2']);
});

test('the place and the time are those that come true', () => {
	const { line } = letIn(after(LIGHT, 'a', 'b', 'c', 'd', 'e', 'f', 'g'), LIMITS, 0);
	const measured = { ...line, took: [4000, 4000, 4000] };
	const seconds = [...places(measured, LIMITS, 0).values()].map(({ seconds }) => seconds);
	expect(seconds).toEqual([2, 4, 6, 8, 10]);
	expect(places(measured, LIMITS, 0).get('e')?.place).toBe(3);
	// Half of the present round is over, on the average, when its oldest start is due.
	expect(places(measured, LIMITS, 4000).get('e')?.seconds).toBe(4);
});

test('what starts take is learned, and forgotten when they go another way', () => {
	const { line } = letIn(after(LIGHT, 'a', 'b', 'c'), LIMITS, 0);
	const learned = finish(finish(line, 'a', 'light', 300), 'b', 'light', 500);
	expect(learned.took).toEqual([300, 500]);
	const { line: next } = letIn(learned, LIMITS, 1000);
	expect(finish(next, 'c', 'heavy', 6000)).toMatchObject({ took: [5000], effort: 'heavy' });
});

test('whoever leaves is missed by nobody', () => {
	const { line } = letIn(after(LIGHT, 'a', 'b', 'c', 'd'), LIMITS, 0);
	expect(order(leave(line, 'c'))).toEqual(['d']);
	expect(letIn(leave(line, 'a'), LIMITS, 0).admitted).toEqual(['c']);
	expect(finish(leave(line, 'a'), 'a', 'light', 9).took).toEqual([]);
});

test('without memory the line stands still, and goes on with the same one', () => {
	const { line } = letIn(after(LIGHT, 'a', 'b', 'c', 'd'), LIMITS, 0);
	const still = putBack(line, 'a', 1000);
	expect(letIn(still, LIMITS, 999).admitted).toEqual([]);
	expect(places(still, LIMITS, 0).get('c')).toEqual({
		place: 2,
		seconds: null,
		shortOfMemory: true
	});
	expect(letIn(still, LIMITS, 1000).admitted).toEqual(['a']);
});
