/**
 * What one panel of a live chart shows at one moment: the data sets its Vega view is given.
 *
 * Pure: definition and rows in, small plain rows out. Raw history may be as long as it likes; a
 * panel never gets more than `POINTS` points of a series.
 */
import { metricNumber, type ChartDefinition, type MetricRow, type Panel } from '../notebook/metric';
import { toLine, type Line } from './line';
import { extent, roundRange, type Range } from './range';
import { sample, type Point } from './sample';
import { formatValue, isShare } from './words';

/** About two for each pixel of a plot; more cannot be seen. */
export const POINTS = 600;
const DOTS = 200;
/** Share of the panel's height that a label needs for itself. */
const LABEL_SHARE = 0.085;

interface Named {
	readonly series: string;
}
interface FaultRow {
	readonly x: number;
	readonly label: string;
	readonly labelY: number;
}
export interface PanelFrame {
	readonly lines: readonly (Point & Named & { readonly run: string })[];
	readonly dots: readonly (Point & Named & { readonly label: string })[];
	readonly ends: readonly (Point & Named & { readonly labelY: number })[];
	readonly faults: readonly FaultRow[];
	readonly rules: readonly { readonly y: number; readonly label: string }[];
	readonly x: Range;
	readonly y: Range;
}

/** @param zoom the part of the x axis to show; `null` for all of it */
export function toFrame(
	definition: ChartDefinition,
	panel: Panel,
	rows: readonly MetricRow[],
	zoom: Range | null
): PanelFrame {
	const whole = wholeRange(definition, rows);
	const x = zoom ?? whole;
	const lines = panel.series.map((series) => toLine(series, definition.x.field, rows));
	const shown = lines.map((line) => ({ ...line, runs: line.runs.map((run) => within(run, x)) }));
	const y = yRange(panel, shown);
	return {
		lines: shown.flatMap(lineRows),
		dots: shown.flatMap((line) => dotRows(line, x, isShare(panel))),
		ends: placeLabels(shown.flatMap(endRow), y),
		faults: faultRows(lines, panel, definition, x, y),
		rules: panel.rules.map((rule) => ({
			y: rule.value,
			label: `${rule.title} ${formatValue(rule.value, isShare(panel))}`
		})),
		x,
		y
	};
}

/** The whole x axis: as long as the training will be, so that the line grows into the picture. */
export function wholeRange(definition: ChartDefinition, rows: readonly MetricRow[]): Range {
	const seen = extent(rows.map((row) => metricNumber(row[definition.x.field]) ?? Number.NaN));
	const from = Math.min(0, seen?.[0] ?? 0);
	const planned = definition.state === 'running' ? (definition.progress?.total ?? 0) : 0;
	const to = Math.max(planned, seen?.[1] ?? 0);
	return to > from ? [from, to] : [from, from + 1];
}

/** The points in the range and one neighbour on each side, so that the line reaches the edge. */
function within(run: readonly Point[], [from, to]: Range): readonly Point[] {
	const first = run.findIndex((point) => point.x >= from);
	if (first < 0) return [];
	const last = run.findLastIndex((point) => point.x <= to);
	return run.slice(Math.max(0, first - 1), last + 2);
}

function yRange(panel: Panel, lines: readonly Line[]): Range {
	const values = function* () {
		for (const line of lines) for (const run of line.runs) for (const point of run) yield point.y;
		for (const rule of panel.rules) yield rule.value;
	};
	const seen = extent(values());
	if (!panel.domain) return seen ? roundRange(seen) : [0, 1];
	return [
		Math.min(panel.domain[0], seen?.[0] ?? Infinity),
		Math.max(panel.domain[1], seen?.[1] ?? -Infinity)
	];
}

function lineRows({ series, runs }: Line): PanelFrame['lines'] {
	const total = runs.reduce((sum, run) => sum + run.length, 0);
	return runs.flatMap((run, index) => {
		const share = Math.max(3, Math.floor((POINTS * run.length) / Math.max(1, total)));
		return sample(run, share).map((point) => ({
			...point,
			series: series.title,
			run: `${series.field} ${index}`
		}));
	});
}

/** Evaluations are few and matter: each gets a mark. A lone point would be no line at all. */
function dotRows(
	{ series, runs, isEvaluation }: Line,
	x: Range,
	share: boolean
): PanelFrame['dots'] {
	const points = runs.flatMap((run) => (isEvaluation || run.length === 1 ? run : []));
	const inside = points.filter((point) => point.x >= x[0] && point.x <= x[1]);
	return sample(inside, DOTS).map((point) => ({
		...point,
		series: series.title,
		label: `${series.title} ${formatValue(point.y, share)}`
	}));
}

function endRow({ series, runs }: Line): readonly (Point & Named)[] {
	const last = runs.findLast((run) => run.length > 0)?.at(-1);
	return last ? [{ ...last, series: series.title }] : [];
}

/** Labels at the ends of the lines, pushed apart where they would lie on each other. */
function placeLabels(ends: readonly (Point & Named)[], y: Range): PanelFrame['ends'] {
	const gap = (y[1] - y[0]) * LABEL_SHARE;
	let next = -Infinity;
	const placed = ends
		.toSorted((a, b) => a.y - b.y)
		.map((end) => {
			next = Math.max(end.y, next + gap);
			return { ...end, labelY: next };
		});
	const over = Math.max(0, (placed.at(-1)?.labelY ?? -Infinity) - y[1]);
	return placed.map((end) => ({ ...end, labelY: end.labelY - over }));
}

/** Where each series first stopped being a number; the first of them says so. */
function faultRows(
	lines: readonly Line[],
	panel: Panel,
	definition: ChartDefinition,
	[from, to]: Range,
	y: Range
): readonly FaultRow[] {
	const seen = lines
		.flatMap(({ faults: [first] }) => first ?? [])
		.filter((fault) => fault.x >= from && fault.x <= to)
		.toSorted((a, b) => a.x - b.x);
	return seen.map(({ x, value }, index) => ({
		x,
		label: index === 0 ? faultWords(panel, definition, x, value) : '',
		labelY: y[1] - (y[1] - y[0]) * LABEL_SHARE
	}));
}

function faultWords(panel: Panel, definition: ChartDefinition, x: number, value: number): string {
	const name = panel.title || 'The value';
	return `${name} is ${formatValue(value, false)} from ${definition.x.title.toLowerCase()} ${x}`;
}
