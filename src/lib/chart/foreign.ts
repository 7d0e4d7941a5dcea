/** Charts that a learner's own code describes, as Altair does. */
import { isObject, type Loose } from '../notebook/foreign';

/** The chart with the page's look where it has no opinion of its own. */
export function withPageLook(spec: unknown, look: Loose): Loose {
	const given = isObject(spec) ? spec : {};
	// An old `$schema` only makes Vega-Lite complain; version 6 reads what 3 to 5 wrote.
	const rest = Object.fromEntries(Object.entries(given).filter(([name]) => name !== '$schema'));
	const own = isObject(given.config) ? given.config : {};
	return { ...rest, config: mergeLook(look, own) };
}

function mergeLook(look: Loose, own: Loose): Loose {
	const merged = new Map(Object.entries(look));
	for (const [name, value] of Object.entries(own)) {
		const base = merged.get(name);
		merged.set(name, isObject(base) && isObject(value) ? mergeLook(base, value) : value);
	}
	return Object.fromEntries(merged);
}

/** What is said of a chart to those who cannot see it. */
export function labelOf(chart: unknown): string {
	const spec = isObject(chart) ? chart : {};
	const title = isObject(spec.title) ? spec.title.text : spec.title;
	const words = [title, spec.description].filter(
		(word): word is string => typeof word === 'string'
	);
	return words.join('. ') || 'Chart. The cell gives it no title or description.';
}
