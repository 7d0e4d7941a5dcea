import { describe, expect, test } from 'vitest';
import type { ChartDefinition, MetricRow, Panel } from '../notebook/metric';
import { POINTS, toFrame, wholeRange } from './frame';
import { toLine } from './line';
import { moveRange, roundRange, zoomRange } from './range';

const LOSS: Panel = {
	title: 'Loss',
	series: [
		{ field: 'loss', title: 'training' },
		{ field: 'eval_loss', title: 'evaluation' }
	],
	rules: [],
	domain: null
};
const ACCURACY: Panel = {
	title: 'Accuracy',
	series: [{ field: 'eval_accuracy', title: 'accuracy' }],
	rules: [{ value: 0.52, title: 'always “good”' }],
	domain: [0, 1]
};
const DEFINITION: ChartDefinition = {
	chart: 'c',
	title: 'Training',
	description: '',
	x: { field: 'step', title: 'Step' },
	panels: [LOSS, ACCURACY],
	state: 'running',
	progress: { step: 3, total: 60, seconds: 1, seconds_left: 19 },
	summary: null
};
const ROWS: readonly MetricRow[] = [
	{ step: 1, loss: 2 },
	{ step: 2, loss: 1.5 },
	{ step: 2, eval_loss: 1.6, eval_accuracy: 0.6 },
	{ step: 3, loss: 1 }
];

describe('a panel', () => {
	test('shows lines, evaluations as dots, and names at the ends', () => {
		const frame = toFrame(DEFINITION, LOSS, ROWS, null);
		expect(frame.lines.map(({ x, y, series }) => [series, x, y])).toEqual([
			['training', 1, 2],
			['training', 2, 1.5],
			['training', 3, 1],
			['evaluation', 2, 1.6]
		]);
		expect(frame.dots).toEqual([{ x: 2, y: 1.6, series: 'evaluation', label: 'evaluation 1.6' }]);
		expect(frame.ends.map(({ series, x, y }) => [series, x, y])).toEqual([
			['training', 3, 1],
			['evaluation', 2, 1.6]
		]);
		expect(frame.x).toEqual([0, 60]);
		expect(frame.y).toEqual([1, 2]);
	});

	test('names its baseline with the value, in per cent where it is a share', () => {
		const frame = toFrame(DEFINITION, ACCURACY, ROWS, null);
		expect(frame.rules).toEqual([{ y: 0.52, label: 'always “good” 52.0 %' }]);
		expect(frame.y).toEqual([0, 1]);
	});

	test('never hides a value outside the domain it was promised', () => {
		const frame = toFrame(DEFINITION, ACCURACY, [{ step: 1, eval_accuracy: 1.2 }], null);
		expect(frame.y).toEqual([0, 1.2]);
	});

	test('keeps names apart that would lie on each other', () => {
		const rows = [{ step: 1, loss: 1, eval_loss: 1.001 }];
		const { ends, y } = toFrame(DEFINITION, LOSS, rows, null);
		const [low, high] = ends.map((end) => end.labelY);
		expect((high ?? 0) - (low ?? 0)).toBeGreaterThan(0.08 * (y[1] - y[0]));
	});

	test('is empty without rows', () => {
		const frame = toFrame(DEFINITION, LOSS, [], null);
		expect(frame).toMatchObject({ lines: [], dots: [], ends: [], faults: [], y: [0, 1] });
	});
});

describe('a loss that is no number', () => {
	const rows: readonly MetricRow[] = [...ROWS, { step: 4, loss: 'NaN' }, { step: 5, loss: 'NaN' }];

	test('is marked where it began', () => {
		expect(toFrame(DEFINITION, LOSS, rows, null).faults).toMatchObject([
			{ x: 4, label: 'Loss is NaN from step 4' }
		]);
		const endless = [{ step: 7, loss: 'Infinity' }];
		expect(toFrame(DEFINITION, LOSS, endless, null).faults).toMatchObject([
			{ x: 7, label: 'Loss is infinite from step 7' }
		]);
	});

	test('is told once, by the series it came to first', () => {
		const both = [...rows, { step: 6, eval_loss: 'NaN' }];
		const { faults } = toFrame(DEFINITION, LOSS, both, null);
		expect(faults.map(({ x, label }) => [x, label])).toEqual([
			[4, 'Loss is NaN from step 4'],
			[6, '']
		]);
	});

	test('breaks the line and does not bridge the hole', () => {
		const healed = [...rows, { step: 6, loss: 3 }];
		const { runs } = toLine({ field: 'loss', title: '' }, 'step', healed);
		expect(runs.map((run) => run.map((point) => point.x))).toEqual([[1, 2, 3], [6]]);
	});
});

test('a training that resumed replaces the steps it repeats', () => {
	const rows = [
		{ step: 1, loss: 3 },
		{ step: 2, loss: 'NaN' },
		{ step: 3, loss: 2 },
		{ step: 2, loss: 2.5 },
		{ step: 3, loss: 2.2 }
	];
	const line = toLine({ field: 'loss', title: '' }, 'step', rows);
	expect(line.runs.flat()).toEqual([
		{ x: 1, y: 3 },
		{ x: 2, y: 2.5 },
		{ x: 3, y: 2.2 }
	]);
	expect(line.faults).toEqual([]);
});

describe('a long training', () => {
	const rows = Array.from({ length: 20_000 }, (_, step) => ({ step, loss: Math.sin(step) }));

	test('gives a view no more points than it can show, and more detail when zoomed', () => {
		expect(toFrame(DEFINITION, LOSS, rows, null).lines.length).toBeLessThanOrEqual(POINTS);
		const zoomed = toFrame(DEFINITION, LOSS, rows, [1000, 1100]);
		expect(zoomed.lines.map((point) => point.x)).toEqual(
			Array.from({ length: 103 }, (_, i) => 999 + i)
		);
	});

	test('is as wide as planned while it runs, and as wide as it was afterwards', () => {
		expect(wholeRange(DEFINITION, ROWS)).toEqual([0, 60]);
		expect(wholeRange({ ...DEFINITION, state: 'stopped' }, ROWS)).toEqual([0, 3]);
	});
});

describe('axes', () => {
	test.each([
		[
			[0.11, 2.3],
			[0, 2.5]
		],
		[
			[0.9, 1],
			[0.9, 1]
		],
		[
			[5, 5],
			[2.5, 7.5]
		],
		[
			[0, 0],
			[0, 1]
		],
		[
			[-3, 4],
			[-4, 4]
		]
	] as const)('%j is shown as %j', (seen, shown) => {
		expect(roundRange(seen)).toEqual(shown);
	});

	test('zoom and move stay inside the whole', () => {
		expect(zoomRange([0, 100], 0.5, 50, [0, 100])).toEqual([25, 75]);
		expect(zoomRange([0, 100], 4, 50, [0, 100])).toEqual([0, 100]);
		expect(zoomRange([0, 100], 1e-9, 50, [0, 100])[1]).toBeCloseTo(50.05);
		expect(moveRange([80, 100], 0.5, [0, 100])).toEqual([80, 100]);
		expect(moveRange([40, 60], -0.5, [0, 100])).toEqual([30, 50]);
	});
});
