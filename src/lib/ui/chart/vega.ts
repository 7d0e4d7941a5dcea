/**
 * The only door to Vega at run time.
 *
 * Expressions are interpreted, never compiled, so the page needs no `unsafe-eval`; the loader
 * refuses every address, so a chart from a cell can neither fetch nor tell anybody anything.
 */
import { changeset, Error as ERROR, loader as makeLoader, parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';

export type Rows = readonly object[];

/** What changes in a chart from one moment to the next. */
export interface Change {
	readonly data: Readonly<Record<string, Rows>>;
	readonly signals: Readonly<Record<string, number>>;
	/** Width of the plot without its margins, in pixels. */
	readonly width: number;
}

export class RefusedAddress extends Error {}

/** A drawing in `element`. Call `finalize()` when the element goes. */
export async function drawChart(spec: object, element: HTMLElement): Promise<View> {
	const { spec: drawing } = compile(spec as TopLevelSpec, { logger: QUIET });
	const runtime = parse(drawing, undefined, { ast: true });
	const view = new View(runtime, {
		renderer: 'svg',
		container: element,
		hover: true,
		logLevel: ERROR,
		loader: refusingLoader(),
		expr: expressionInterpreter
	});
	await view.runAsync();
	return view;
}

/** Brings the drawing up to date; all data sets are replaced in one pulse. */
export async function changeChart(view: View, change: Change): Promise<void> {
	view.width(Math.max(40, change.width));
	for (const [name, value] of Object.entries(change.signals)) view.signal(name, value);
	for (const [name, rows] of Object.entries(change.data)) {
		// Vega marks the rows it is given, so it gets its own.
		view.change(
			name,
			changeset()
				.remove(() => true)
				.insert(rows.map((row) => ({ ...row })))
		);
	}
	await view.runAsync();
}

function refusingLoader() {
	const loader = makeLoader();
	const refuse = (uri: string) =>
		Promise.reject(new RefusedAddress(`A chart may not load ${uri}.`));
	return { ...loader, load: refuse, sanitize: refuse, http: refuse, file: refuse };
}

const QUIET = {
	level: () => QUIET,
	error: () => QUIET,
	warn: () => QUIET,
	info: () => QUIET,
	debug: () => QUIET
};
