/** Charts that a learner's own code describes, as Altair does. */

type Loose = Readonly<Record<string, unknown>>;

export interface ForeignChart {
	readonly spec: Loose;
	/** What stands for the drawing where it cannot be seen. */
	readonly label: string;
}

/** The chart with the page's look where it has no opinion of its own. */
export function withPageLook(spec: unknown, look: Loose): ForeignChart {
	const given = isLoose(spec) ? spec : {};
	// An old `$schema` only makes Vega-Lite complain; version 6 reads what 3 to 5 wrote.
	const rest = Object.fromEntries(Object.entries(given).filter(([name]) => name !== '$schema'));
	const own = isLoose(given.config) ? given.config : {};
	return { spec: { ...rest, config: mergeLook(look, own) }, label: labelOf(given) };
}

function mergeLook(look: Loose, own: Loose): Loose {
	const merged: Record<string, unknown> = { ...look };
	for (const [name, value] of Object.entries(own)) {
		const base = merged[name];
		merged[name] = isLoose(base) && isLoose(value) ? mergeLook(base, value) : value;
	}
	return merged;
}

function labelOf(spec: Loose): string {
	const title = isLoose(spec.title) ? spec.title.text : spec.title;
	const words = [title, spec.description].filter(
		(word): word is string => typeof word === 'string'
	);
	return words.join('. ') || 'Chart. The cell gives it no title or description.';
}

function isLoose(value: unknown): value is Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
