/**
 * The only door to Vega at run time.
 *
 * The page draws only its own charts with it, from metrics; what a cell specifies is drawn in the frame
 * (`foreign.ts`), for Vega may place fields anywhere, listen to everything and compute without end.
 * Expressions are interpreted, never compiled, so the page needs no `unsafe-eval`; the loader refuses
 * every address.
 */
import {
	changeset,
	Error as ERROR,
	loader as makeLoader,
	parse,
	View,
	type Loader,
	type Spec
} from 'vega';
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
export function drawChart(spec: object, element: HTMLElement): Promise<View> {
	return drawVega(toVega(spec), element, refusingLoader());
}

/** Vega-Lite in, Vega out. */
export function toVega(spec: object): Spec {
	return compile(spec as TopLevelSpec, { logger: QUIET }).spec;
}

export async function drawVega(spec: Spec, element: HTMLElement, loader: Loader): Promise<View> {
	const view = new View(parse(spec, undefined, { ast: true }), {
		renderer: 'svg',
		container: element,
		hover: true,
		logLevel: ERROR,
		loader,
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

/** @param allowed what an address becomes that does no harm; `null`: it is refused */
export function refusingLoader(
	allowed: (uri: string, context: string) => string | null = () => null
): Loader {
	const loader = makeLoader();
	const refuse = (uri: string) =>
		Promise.reject(new RefusedAddress(`A chart may not load ${uri}.`));
	const sanitize: Loader['sanitize'] = (uri, options) => {
		const context = (options as { context?: unknown } | undefined)?.context;
		const href = allowed(uri, typeof context === 'string' ? context : '');
		return href === null ? refuse(uri) : Promise.resolve({ href });
	};
	return { ...loader, load: refuse, sanitize, http: refuse, file: refuse };
}

const QUIET = {
	level: () => QUIET,
	error: () => QUIET,
	warn: () => QUIET,
	info: () => QUIET,
	debug: () => QUIET
};
