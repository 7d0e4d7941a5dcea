import { metricNumber, type ChartDefinition, type MetricRow, type Panel } from '../notebook/metric';
import { formatValue, isShare } from './words';

export const TABLE_LIMIT = 200;

export interface Table {
	readonly columns: readonly string[];
	readonly rows: readonly (readonly string[])[];
	/** Points that came before the rows shown. */
	readonly omitted: number;
}

/** The last points of a chart as text, one line for each place on the x axis. */
export function toTable(definition: ChartDefinition, rows: readonly MetricRow[]): Table {
	const columns = definition.panels.flatMap((panel) =>
		panel.series.map(({ field, title }) => ({
			field,
			title: columnTitle(panel, title),
			share: isShare(panel)
		}))
	);
	const merged = mergeByX(definition.x.field, rows);
	return {
		columns: [definition.x.title, ...columns.map((column) => column.title)],
		rows: merged
			.slice(-TABLE_LIMIT)
			.map((row) => [
				String(row[definition.x.field]),
				...columns.map(({ field, share }) => formatValue(metricNumber(row[field]), share))
			]),
		omitted: Math.max(0, merged.length - TABLE_LIMIT)
	};
}

function columnTitle(panel: Panel, series: string): string {
	const isSame = panel.title.toLowerCase() === series.toLowerCase();
	return isSame || !panel.title ? series : `${panel.title}: ${series}`;
}

function mergeByX(field: string, rows: readonly MetricRow[]): readonly MetricRow[] {
	const byX = new Map<number, MetricRow>();
	for (const row of rows) {
		const x = metricNumber(row[field]);
		if (x !== null) byX.set(x, { ...byX.get(x), ...row });
	}
	return [...byX.values()].toSorted((a, b) => Number(a[field]) - Number(b[field]));
}
