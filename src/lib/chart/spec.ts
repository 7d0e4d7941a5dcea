/**
 * The drawing of one panel: a Vega-Lite specification whose data sets are named and empty. The page
 * fills them from `toFrame`, again and again, in one view.
 */
import type { ChartDefinition, Panel } from '../notebook/metric';
import { chartConfig, type ChartTheme } from './theme';
import { isShare } from './words';

type Part = Readonly<Record<string, unknown>>;

export const PANEL_HEIGHT = 190;

export interface Margins {
	readonly left: number;
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
}

/** Names of the data sets, and of the signals that hold the ends of the axes. */
export const DATA_SETS = ['rules', 'lines', 'dots', 'faults', 'ends'] as const;
const X_DOMAIN = [{ expr: 'x_from' }, { expr: 'x_to' }];
const Y_DOMAIN = [{ expr: 'y_from' }, { expr: 'y_to' }];

export function toSpec(definition: ChartDefinition, panel: Panel, theme: ChartTheme): Part {
	const x = xEncoding(definition);
	return {
		$schema: 'https://vega.github.io/schema/vega-lite/v6.json',
		description: `${panel.title}. ${definition.description}`,
		width: 300,
		height: PANEL_HEIGHT,
		// Fixed margins: a plot that shifts with each new axis label cannot be followed by eye.
		autosize: 'none',
		padding: margins(panel),
		params: ['x_from', 'x_to', 'y_from', 'y_to'].map((name) => ({
			name,
			value: name.endsWith('to') ? 1 : 0
		})),
		datasets: Object.fromEntries(DATA_SETS.map((name) => [name, []])),
		layer: [
			...ruleLayers(theme),
			lineLayer(x, panel, theme),
			dotLayer(x, panel, theme),
			...faultLayers(x, theme),
			...endLayers(x, panel, theme)
		],
		config: chartConfig(theme)
	};
}

function xEncoding(definition: ChartDefinition): Part {
	return {
		field: 'x',
		type: 'quantitative',
		scale: { domain: X_DOMAIN, nice: false, zero: false },
		axis: {
			title: definition.x.title,
			tickCount: { expr: 'ceil(width / 70)' },
			format: '~s',
			labelFlush: true,
			labelOverlap: 'greedy',
			labelSeparation: 8
		}
	};
}

function yEncoding(panel: Panel, field = 'y'): Part {
	const format = isShare(panel) ? '.0%' : '~g';
	return {
		field,
		type: 'quantitative',
		scale: { domain: Y_DOMAIN, nice: false, zero: false },
		axis: { title: null, tickCount: 5, format }
	};
}

function colour(panel: Panel, theme: ChartTheme): Part {
	const domain = panel.series.map((series) => series.title);
	const range = domain.map((_, index) => theme.series[index % theme.series.length]);
	return { field: 'series', type: 'nominal', scale: { domain, range }, legend: null };
}

function lineLayer(x: Part, panel: Panel, theme: ChartTheme): Part {
	return {
		data: { name: 'lines' },
		mark: {
			type: 'line',
			clip: true,
			strokeWidth: 2,
			strokeJoin: 'round',
			strokeCap: 'round',
			aria: false
		},
		encoding: { x, y: yEncoding(panel), color: colour(panel, theme), detail: { field: 'run' } }
	};
}

function dotLayer(x: Part, panel: Panel, theme: ChartTheme): Part {
	return {
		data: { name: 'dots' },
		mark: {
			type: 'point',
			filled: true,
			size: 64,
			opacity: 1,
			stroke: theme.paper,
			strokeWidth: 1.5,
			aria: false
		},
		encoding: {
			x,
			y: yEncoding(panel),
			fill: colour(panel, theme),
			tooltip: { field: 'label', type: 'nominal' }
		}
	};
}

/** A line to beat, named where it stands. */
function ruleLayers(theme: ChartTheme): readonly Part[] {
	const y = { field: 'y', type: 'quantitative' };
	return [
		{
			data: { name: 'rules' },
			mark: {
				type: 'rule',
				color: theme.inkSoft,
				strokeDash: [5, 4],
				strokeWidth: 1.25,
				aria: false
			},
			encoding: { y }
		},
		label(
			'rules',
			theme.inkSoft,
			theme,
			{ align: 'right', dy: -7, dx: -4 },
			{ y, x: { value: 'width' } }
		)
	].flat();
}

function faultLayers(x: Part, theme: ChartTheme): readonly Part[] {
	return [
		{
			data: { name: 'faults' },
			mark: {
				type: 'rule',
				color: theme.bad,
				strokeWidth: 1.5,
				strokeDash: [2, 3],
				clip: true,
				aria: false
			},
			encoding: { x }
		},
		label(
			'faults',
			theme.bad,
			theme,
			{ align: 'right', dx: -4, fontWeight: 600 },
			{ x: { value: 'width' }, y: { field: 'labelY', type: 'quantitative' } }
		)
	].flat();
}

/** Each line is named at its end, so that nobody has to look up a colour in a legend. */
function endLayers(x: Part, panel: Panel, theme: ChartTheme): readonly Part[] {
	const y = yEncoding(panel, 'labelY');
	const color = colour(panel, theme);
	const text = { field: 'series', type: 'nominal' };
	const mark = { type: 'text', align: 'left', dx: 7, fontSize: 12, fontWeight: 600, aria: false };
	return [{ data: { name: 'ends' }, mark, encoding: { x, y, color, text } }];
}

/** Text with a rim in the colour of the paper, so that it can be read across a line. */
function label(
	data: string,
	color: string,
	theme: ChartTheme,
	place: Part,
	encoding: Part
): readonly Part[] {
	const text = { field: 'label', type: 'nominal' };
	const mark = { type: 'text', fontSize: 11, baseline: 'middle', aria: false, ...place };
	return [
		{
			data: { name: data },
			mark: {
				...mark,
				stroke: theme.paper,
				strokeWidth: 4,
				strokeJoin: 'round',
				color: theme.paper
			},
			encoding: { ...encoding, text }
		},
		{ data: { name: data }, mark: { ...mark, color }, encoding: { ...encoding, text } }
	];
}

/** Pixels around the plot: for the axes, and to the right for the longest name. */
export function margins(panel: Panel): Margins {
	const longest = Math.max(0, ...panel.series.map((series) => series.title.length));
	return { left: 44, top: 12, right: Math.min(130, 14 + Math.ceil(longest * 6.8)), bottom: 40 };
}
