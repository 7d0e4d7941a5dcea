import { expect, test } from 'vitest';
import { toCompletion, toInspection, toPoints, toUnits } from './reply';

test('positions are turned from UTF-16 units into code points and back', () => {
	const code = 'a𝄞b';
	expect([0, 1, 3, 4].map((units) => toPoints(code, units))).toEqual([0, 1, 2, 3]);
	expect([0, 1, 2, 3].map((points) => toUnits(code, points))).toEqual([0, 1, 3, 4]);
});

test('a completion names what it replaces', () => {
	const reply = { matches: ['fork', 7], cursor_start: 1, cursor_end: 2, status: 'ok' };
	expect(toCompletion('𝄞f', 3, reply)).toEqual({ matches: ['fork'], from: 2, to: 3 });
	expect(toCompletion('f', 1, null)).toEqual({ matches: [], from: 1, to: 1 });
	expect(toCompletion('f', 1, { status: 'error' })).toEqual({ matches: [], from: 1, to: 1 });
});

test('an inspection that found nothing is null', () => {
	expect(toInspection({ found: true, data: { 'text/plain': 'doc' } })).toEqual({
		'text/plain': 'doc'
	});
	expect(toInspection({ found: false, data: {} })).toBeNull();
	expect(toInspection({ found: true, data: 3 })).toBeNull();
	expect(toInspection(null)).toBeNull();
});
