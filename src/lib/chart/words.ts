import { metricNumber, type ChartDefinition, type MetricRow, type Panel } from '../notebook/metric';

/** Numbers and sentences beside a chart. */

/** Shares of one are told in per cent: `domain` 0 to 1 says that a panel holds such. */
export function isShare(panel: Panel): boolean {
	return panel.domain?.[0] === 0 && panel.domain[1] === 1;
}

export function formatValue(value: number | null, share: boolean): string {
	if (value === null) return '–';
	if (Number.isNaN(value)) return 'NaN';
	if (!Number.isFinite(value)) return value > 0 ? 'infinite' : 'minus infinite';
	if (share) return `${(value * 100).toFixed(value === 1 || value === 0 ? 0 : 1)} %`;
	const size = Math.abs(value);
	if (value !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
	return String(Number(value.toFixed(size < 1 ? 3 : size < 100 ? 2 : 1)));
}

export function formatSeconds(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return `${minutes} min ${whole % 60} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "step 34 of 60 · loss 0.41 · accuracy 83 % · 12 s left" in parts. */
export function statusParts(
	definition: ChartDefinition,
	rows: readonly MetricRow[]
): readonly string[] {
	const { progress } = definition;
	const step = latest(rows, definition.x.field);
	const name = definition.x.title.toLowerCase();
	const place =
		step === null ? [] : [progress ? `${name} ${step} of ${progress.total}` : `${name} ${step}`];
	const left = timeLeft(definition, step);
	return [
		...place,
		...currentValues(definition, rows),
		...(left === null ? [] : [`${formatSeconds(left)} left`])
	];
}

/** One value for each panel, that of its first series: what the panel is about. */
function currentValues(definition: ChartDefinition, rows: readonly MetricRow[]): readonly string[] {
	return definition.panels.flatMap((panel) => {
		const values = panel.series.map((series) => latest(rows, series.field));
		const index = values.findIndex((value) => value !== null);
		const name = (panel.title || panel.series[index]?.title) ?? '';
		return index < 0
			? []
			: [`${name.toLowerCase()} ${formatValue(values[index] ?? null, isShare(panel))}`];
	});
}

/** Rows come oftener than definitions: what is left shrinks with the steps made since. */
function timeLeft(definition: ChartDefinition, step: number | null): number | null {
	const { progress, state } = definition;
	if (state !== 'running' || progress?.seconds_left == null) return null;
	const then = progress.total - progress.step;
	const now = progress.total - Math.max(progress.step, step ?? 0);
	return then > 0 ? progress.seconds_left * (now / then) : progress.seconds_left;
}

export function latest(rows: readonly MetricRow[], field: string): number | null {
	for (let index = rows.length - 1; index >= 0; index -= 1) {
		const value = metricNumber(rows[index]?.[field]);
		if (value !== null) return value;
	}
	return null;
}

const STATES = {
	running: 'Training',
	finished: 'Finished',
	paused: 'Paused',
	stopped: 'Stopped',
	failed: 'Failed'
} as const;

export function stateWord(definition: ChartDefinition): string {
	return STATES[definition.state];
}
