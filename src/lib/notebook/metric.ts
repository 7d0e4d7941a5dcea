/**
 * Numbers that arrive while a model trains. A row holds what was measured at one moment, under
 * flat names (`step`, `loss`, `eval_accuracy`). JSON has no NaN or infinity, so these travel as
 * the strings "NaN", "Infinity" and "-Infinity" and are never hidden.
 */
export type MetricValue = number | string | null;
export type MetricRow = Readonly<Record<string, MetricValue>>;

export interface Series {
	readonly field: string;
	readonly title: string;
}

export interface Rule {
	readonly value: number;
	readonly title: string;
}

export interface Panel {
	readonly title: string;
	readonly series: readonly Series[];
	readonly rules: readonly Rule[];
	readonly domain: readonly [number, number] | null;
}

export interface ChartProgress {
	readonly step: number;
	readonly total: number;
	readonly seconds: number;
	readonly seconds_left: number | null;
}

/** What the helpers say of a live chart (MIME type `CHART_MIME`). */
export interface ChartDefinition {
	readonly chart: string;
	readonly title: string;
	readonly description: string;
	readonly x: Series;
	readonly panels: readonly Panel[];
	readonly state: 'running' | 'finished' | 'paused' | 'stopped' | 'failed';
	readonly progress: ChartProgress | null;
	readonly summary: string | null;
}

const weights = new WeakMap<readonly MetricRow[], number>();

/** How much the rows hold, in letters. Remembered, so that asking after each new row costs no more. */
export function weightOf(rows: readonly MetricRow[]): number {
	const known = weights.get(rows);
	if (known !== undefined) return known;
	const weight = rows.reduce((sum, row) => sum + weigh(row), 0);
	weights.set(rows, weight);
	return weight;
}

export function appendRows(
	rows: readonly MetricRow[],
	more: readonly MetricRow[]
): readonly MetricRow[] {
	const all = [...rows, ...more];
	weights.set(all, weightOf(rows) + weightOf(more));
	return all;
}

function weigh(row: MetricRow): number {
	let weight = 2;
	for (const [name, value] of Object.entries(row))
		weight += name.length + (typeof value === 'string' ? value.length : 10) + 4;
	return weight;
}

/** The number a metric stands for; `null` when the row has none under that name. */
export function metricNumber(value: MetricValue | undefined): number | null {
	if (typeof value === 'number') return value;
	if (value === 'NaN') return Number.NaN;
	if (value === 'Infinity') return Number.POSITIVE_INFINITY;
	if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
	return null;
}
