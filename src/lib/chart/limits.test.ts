import { describe, expect, test } from 'vitest';
import { MOST_ROWS, tooMuch } from './limits';

const nested = (depth: number): unknown => {
	let inner: unknown = {};
	for (let level = 0; level < depth; level += 1) inner = { layer: [inner] };
	return inner;
};

describe('what is too much to draw', () => {
	test.each([
		['a sequence', { data: { sequence: { start: 0, stop: 3e8 } } }, /300,000,000 rows/],
		[
			'one in a transform',
			{ data: [{ transform: [{ type: 'sequence', start: 0, stop: 3e8 }] }] },
			/rows/
		],
		['one of small steps', { data: { sequence: { start: 0, stop: 1, step: 1e-9 } } }, /rows/],
		['one without an end', { data: { sequence: { start: 0, stop: 1, step: 0 } } }, /endlessly/],
		['rows', { data: { values: Array.from({ length: MOST_ROWS + 1 }, () => 1) } }, /200,001 rows/],
		['width', { width: 1e9 }, /its width is 1,000,000,000 pixels/],
		['height in a part', { hconcat: [{ height: 1e9 }] }, /its height/],
		['depth', nested(40_000), /levels deep/],
		['parts', { layer: Array.from({ length: 5000 }, () => ({})) }, /more than 400 drawings/],
		[
			'parts of parts',
			{ repeat: { row: Array(30).fill('a'), column: Array(30).fill('b') } },
			/more than 400 drawings/
		]
	])('%s', (_, spec, reason) => {
		expect(tooMuch(spec)).toMatch(reason);
	});

	test('an ordinary chart may be tried, and so may nonsense', () => {
		const values = Array.from({ length: 5000 }, (_, a) => ({ a }));
		const spec = { width: 600, data: { values }, layer: [{ mark: 'bar' }, { mark: 'rule' }] };
		expect([spec, null, 'x', 3, [], { __proto__: null }].map(tooMuch)).toEqual(Array(6).fill(null));
	});
});
