/** The bench's arithmetic and words. What it measures is never asserted: that would be a test of the machine. */
import { expect, test } from 'vitest';
import { readOptions } from '../../scripts/bench/options.mjs';
import { toPage, toTable, withSections } from '../../scripts/bench/page.mjs';
import { atMost, fasterBy, median, ratio, row, show, verdict } from '../../scripts/bench/rows.mjs';

const measured = (ours: number[], lab: number[]) => ({
	...row('B3', '`1+1`', 'ms', [atMost(30, 'ms'), fasterBy(3)]),
	ours,
	lab
});

test('options', () => {
	expect(readOptions([])).toEqual({ only: [], samples: 5, quick: false });
	expect(readOptions(['--only', 'B3,b4', '--quick'])).toEqual({
		only: ['b3', 'b4'],
		samples: 1,
		quick: true
	});
	expect(readOptions(['--quick', '--samples', '2']).samples).toBe(2);
});

test.each([['--fast'], ['--samples'], ['--samples', '0'], ['--samples', 'many'], ['--only', 'b9']])(
	'a strange option is refused in words: %s %s',
	(...args) => {
		expect(() => readOptions(args)).toThrow(
			/The bench does not understand[^]*Example: npm run bench/
		);
	}
);

test('the median is the middle, or the mean of the two in the middle', () => {
	expect(median([9, 1, 5])).toBe(5);
	expect(median([4, 1, 3, 2])).toBe(2.5);
	expect(median([1, Infinity, Infinity])).toBe(Infinity);
});

test('a cell of the table has median and range', () => {
	expect(show([1500, 1000, 2000], 'ms')).toBe('1,500 ms (1,000 – 2,000)');
	expect(show([1.25], 'ms')).toBe('1.3 ms');
	expect(show([3], '')).toBe('3');
	expect(show([20, Infinity, Infinity], 'ms')).toBe('not in time (20 – not in time)');
	expect(show([], 'ms')).toBe('–');
});

test('a verdict says for each target whether it holds', () => {
	expect(verdict(measured([20], [80]))).toBe('≤ 30 ms: holds; ≥ 3× faster: holds');
	expect(verdict(measured([40], [80]))).toBe(
		'≤ 30 ms: **does not hold**; ≥ 3× faster: **does not hold**'
	);
	// A rival that never finished is slower by any factor.
	expect(verdict(measured([30], [Infinity]))).toBe('≤ 30 ms: holds; ≥ 3× faster: holds');
	expect(verdict(measured([Infinity], [80]))).toContain('≤ 30 ms: **does not hold**');
});

test('a ratio is given only where there is one', () => {
	expect(ratio(measured([20], [50]))).toBe('2.5×');
	expect(ratio(measured([0], [50]))).toBe('');
	expect(ratio(measured([20], [Infinity]))).toBe('');
	expect(ratio(measured([20], []))).toBe('');
});

test('the page names the machine, the table and every target that is missed', () => {
	const rows = [measured([40], [80])];
	const page = toPage({ rows, machine: ['2 cores', 'Chromium 1'], loads: ['B3 0.2'], samples: 5 });
	expect(page).toContain('- 2 cores\n- Chromium 1');
	expect(page).toContain(toTable(rows));
	expect(page).toContain('Of 1 rows with targets, 1 miss one in this run:');
	expect(page).not.toMatch(/\{\{|undefined/);
	const good = toPage({ rows: [measured([20], [80])], machine: [], loads: [], samples: 5 });
	expect(good).toContain('Every target holds in this run.');
});

test('a new page keeps the sections of other benchmarks', () => {
	const before = 'old\n\n<!-- begin: training -->\n## Training\n<!-- end: training -->\n';
	const page = withSections('new\n', before);
	expect(page).toBe('new\n\n<!-- begin: training -->\n## Training\n<!-- end: training -->\n');
	expect(withSections('newer\n', page)).toBe(page.replace('new', 'newer'));
	expect(withSections('new\n', '')).toBe('new\n');
});
