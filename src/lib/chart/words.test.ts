import { expect, test } from 'vitest';
import { toDefinition } from './definition';
import { labelOf, withPageLook } from './foreign';
import { toTable } from './table';
import { formatSeconds, formatValue, statusParts } from './words';

const definition = toDefinition({
	chart: 'c',
	title: 'T',
	x: { field: 'step', title: 'Step' },
	panels: [
		{ title: 'Loss', series: [{ field: 'loss', title: 'training' }] },
		{ title: 'Accuracy', series: [{ field: 'eval_accuracy', title: 'accuracy' }], domain: [0, 1] }
	],
	state: 'running',
	progress: { step: 30, total: 60, seconds: 15, seconds_left: 15 }
});

test('the status tells step, values and what is left', () => {
	const rows = [
		{ step: 30, eval_accuracy: 0.83 },
		{ step: 36, loss: 0.4123 }
	];
	expect(definition && statusParts(definition, rows)).toEqual([
		'step 36 of 60',
		'loss 0.412',
		'accuracy 83.0 %',
		'12 s left'
	]);
	expect(definition && statusParts({ ...definition, state: 'finished' }, rows)).not.toContain(
		'12 s left'
	);
	expect(definition && statusParts(definition, [])).toEqual(['15 s left']);
});

test.each([
	[0.41, false, '0.41'],
	[0.00001, false, '1.00e-5'],
	[12.345, false, '12.35'],
	[0, true, '0 %'],
	[1, true, '100 %'],
	[0.834, true, '83.4 %'],
	[Number.NaN, true, 'NaN'],
	[-Infinity, false, 'minus infinite'],
	[null, false, '–']
])('%s is written as %s', (value, share, text) => {
	expect(formatValue(value, share)).toBe(text);
});

test.each([
	[12.4, '12 s'],
	[125, '2 min 5 s'],
	[7260, '2 h 1 min']
])('%s seconds are %s', (seconds, text) => {
	expect(formatSeconds(seconds)).toBe(text);
});

test('the table has one line for each step and says how many it leaves out', () => {
	const rows = Array.from({ length: 250 }, (_, step) => ({ step, loss: step }));
	const table =
		definition && toTable(definition, [...rows, { step: 249, eval_accuracy: 0.5, loss: 'NaN' }]);
	expect(table?.columns).toEqual(['Step', 'Loss: training', 'accuracy']);
	expect(table?.omitted).toBe(50);
	expect(table?.rows.at(-1)).toEqual(['249', 'NaN', '50.0 %']);
	expect(table?.rows[0]).toEqual(['50', '50', '–']);
});

test('a definition is read loosely and filled in; one without a name is none', () => {
	expect(
		toDefinition({
			chart: 'x',
			panels: [{ series: [{ field: 'loss' }, 7], rules: ['?'] }],
			state: 'odd'
		})
	).toEqual({
		chart: 'x',
		title: 'Training',
		description: '',
		x: { field: 'step', title: 'Step' },
		panels: [{ title: '', series: [{ field: 'loss', title: 'loss' }], rules: [], domain: null }],
		state: 'running',
		progress: null,
		summary: null
	});
	for (const wrong of [null, 3, 'x', [], {}]) expect(toDefinition(wrong)).toBeNull();
});

test('a learner’s own chart keeps what it says and takes the page’s look for the rest', () => {
	const look = { axis: { grid: true, labelColor: 'ink' }, background: 'none' };
	const given = {
		$schema: 'v4',
		title: { text: 'Lengths' },
		mark: 'bar',
		config: { axis: { grid: false } }
	};
	expect(withPageLook(given, look)).toEqual({
		title: { text: 'Lengths' },
		mark: 'bar',
		config: { axis: { grid: false, labelColor: 'ink' }, background: 'none' }
	});
	expect(labelOf(given)).toBe('Lengths');
	expect(labelOf('nonsense')).toMatch(/no title/);
	const named = JSON.parse('{"config": {"__proto__": {"a": 1}, "constructor": 2}}') as unknown;
	const { config } = withPageLook(named, look);
	expect(Object.keys(config as object)).toEqual(['axis', 'background', '__proto__', 'constructor']);
	expect((config as { a?: number }).a).toBeUndefined();
});
