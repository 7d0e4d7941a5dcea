/** The colours of a chart. Any CSS colour will do, a custom property (`var(--ink)`) too. */
export interface ChartTheme {
	readonly paper: string;
	readonly ink: string;
	readonly inkSoft: string;
	readonly line: string;
	readonly bad: string;
	readonly series: readonly string[];
	readonly font: string;
}

/**
 * The page's own colours. The drawing is SVG and names them by custom property, so a change between
 * light and dark repaints it without a new view, a new scale or a lost zoom.
 */
export const PAGE_THEME: ChartTheme = {
	paper: 'var(--paper-raised)',
	ink: 'var(--ink)',
	inkSoft: 'var(--ink-soft)',
	line: 'var(--line)',
	bad: 'var(--bad)',
	series: [1, 2, 3, 4, 5, 6].map((number) => `var(--series-${number})`),
	// A plain list: Vega measures text in a canvas, which knows no custom properties.
	font: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
};

/** Vega and Vega-Lite settings that give any chart the page's look. */
export function chartConfig(theme: ChartTheme): Record<string, unknown> {
	const axis = {
		domain: false,
		grid: true,
		gridColor: theme.line,
		gridWidth: 1,
		tickColor: theme.line,
		ticks: false,
		labelColor: theme.inkSoft,
		labelPadding: 6,
		titleColor: theme.inkSoft,
		titleFontWeight: 500,
		titlePadding: 8
	};
	return {
		background: 'transparent',
		font: theme.font,
		axis: { ...axis, labelFontSize: 11, titleFontSize: 11 },
		axisX: { grid: false, domain: true, domainColor: theme.inkSoft, domainOpacity: 0.5 },
		legend: { labelColor: theme.inkSoft, titleColor: theme.inkSoft, titleFontWeight: 500 },
		title: { color: theme.ink, subtitleColor: theme.inkSoft, fontWeight: 600, anchor: 'start' },
		text: { color: theme.ink },
		rule: { color: theme.inkSoft },
		mark: { color: theme.series[0] },
		range: { category: [...theme.series] },
		view: { stroke: null }
	};
}
