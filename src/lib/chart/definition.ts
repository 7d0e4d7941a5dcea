/** The one place where what Python says of a chart is read: loose outside, complete inside. */
import type { Loose } from '../notebook/foreign';
import type { ChartDefinition, ChartProgress, Panel, Rule, Series } from '../notebook/metric';

const STATES = ['running', 'finished', 'paused', 'stopped', 'failed'] as const;

/** Panels of a chart; lines, and lines to beat, of a panel. More cannot be told apart. */
const PART_LIMIT = 50;

/** A chart's definition from its JSON; `null` when it names no chart. */
export function toDefinition(value: unknown): ChartDefinition | null {
	const given = object(value);
	const chart = text(given.chart);
	if (!chart) return null;
	return {
		chart,
		title: text(given.title) || 'Training',
		description: text(given.description),
		x: toSeries(given.x) ?? { field: 'step', title: 'Step' },
		panels: list(given.panels).slice(0, PART_LIMIT).map(toPanel),
		state: STATES.find((state) => state === given.state) ?? 'running',
		progress: toProgress(given.progress),
		summary: text(given.summary) || null
	};
}

function toPanel(value: unknown): Panel {
	const given = object(value);
	const [low, high] = list(given.domain);
	return {
		title: text(given.title),
		series: list(given.series)
			.slice(0, PART_LIMIT)
			.flatMap((series) => toSeries(series) ?? []),
		rules: list(given.rules).slice(0, PART_LIMIT).flatMap(toRule),
		domain: typeof low === 'number' && typeof high === 'number' ? [low, high] : null
	};
}

function toSeries(value: unknown): Series | null {
	const given = object(value);
	const field = text(given.field);
	return field ? { field, title: text(given.title) || field } : null;
}

function toRule(value: unknown): readonly Rule[] {
	const given = object(value);
	return typeof given.value === 'number' ? [{ value: given.value, title: text(given.title) }] : [];
}

function toProgress(value: unknown): ChartProgress | null {
	const given = object(value);
	if (typeof given.step !== 'number' || typeof given.total !== 'number') return null;
	return {
		step: given.step,
		total: given.total,
		seconds: typeof given.seconds === 'number' ? given.seconds : 0,
		seconds_left: typeof given.seconds_left === 'number' ? given.seconds_left : null
	};
}

function object(value: unknown): Loose {
	return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
