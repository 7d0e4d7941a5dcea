import { metricNumber, type MetricRow, type Series } from '../notebook/metric';
import type { Point } from './sample';

/** Where a series stopped being a number. */
export interface Fault {
	readonly x: number;
	readonly value: number;
}

/** One series of a chart as unbroken runs of finite points. */
export interface Line {
	readonly series: Series;
	readonly runs: readonly (readonly Point[])[];
	readonly faults: readonly Fault[];
	readonly last: Point | null;
	readonly isEvaluation: boolean;
}

const EVALUATION = /^(eval|val|validation|test)_/;

export function toLine(series: Series, x: string, rows: readonly MetricRow[]): Line {
	const runs: Point[][] = [[]];
	const faults: Fault[] = [];
	for (const row of rows) {
		const at = metricNumber(row[x]);
		const value = metricNumber(row[series.field]);
		if (at === null || value === null) continue;
		rewind(runs, faults, at);
		if (Number.isFinite(value)) runs.at(-1)?.push({ x: at, y: value });
		else {
			faults.push({ x: at, value });
			if (runs.at(-1)?.length) runs.push([]);
		}
	}
	return {
		series,
		runs: runs.filter((run) => run.length > 0),
		faults,
		last: runs.findLast((run) => run.length > 0)?.at(-1) ?? null,
		isEvaluation: EVALUATION.test(series.field)
	};
}

/** A training that resumed repeats some steps: what it measures now replaces what it had. */
function rewind(runs: Point[][], faults: Fault[], at: number): void {
	while ((faults.at(-1)?.x ?? -Infinity) >= at) faults.pop();
	while ((lastOf(runs)?.x ?? -Infinity) >= at) {
		if (runs.length > 1 && runs.at(-1)?.length === 0) runs.pop();
		runs.at(-1)?.pop();
	}
}

function lastOf(runs: Point[][]): Point | undefined {
	return runs.findLast((run) => run.length > 0)?.at(-1);
}
