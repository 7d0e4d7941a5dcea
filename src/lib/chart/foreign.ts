/** Charts that a learner's own code describes, as Altair does. */

type Loose = Readonly<Record<string, unknown>>;

/** The chart with the page's look where it has no opinion of its own. */
export function withPageLook(spec: unknown, look: Loose): Loose {
	const given = isLoose(spec) ? spec : {};
	// An old `$schema` only makes Vega-Lite complain; version 6 reads what 3 to 5 wrote.
	const rest = Object.fromEntries(Object.entries(given).filter(([name]) => name !== '$schema'));
	const own = isLoose(given.config) ? given.config : {};
	return { ...rest, config: mergeLook(look, own) };
}

function mergeLook(look: Loose, own: Loose): Loose {
	const merged = new Map(Object.entries(look));
	for (const [name, value] of Object.entries(own)) {
		const base = merged.get(name);
		merged.set(name, isLoose(base) && isLoose(value) ? mergeLook(base, value) : value);
	}
	return Object.fromEntries(merged);
}

/** What is said of a chart to those who cannot see it. */
export function labelOf(chart: unknown): string {
	const spec = isLoose(chart) ? chart : {};
	const title = isLoose(spec.title) ? spec.title.text : spec.title;
	const words = [title, spec.description].filter(
		(word): word is string => typeof word === 'string'
	);
	return words.join('. ') || 'Chart. The cell gives it no title or description.';
}

function isLoose(value: unknown): value is Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
