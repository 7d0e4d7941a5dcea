/** Something asked of a cell before the scripts of the page had come. `app.html` keeps it. */
export interface EarlyPress {
	readonly cell: string;
	readonly then: 'next' | 'stay' | 'add';
}

/** What was asked so far, in its order. From now on the page itself listens. */
export function takeEarly(): readonly EarlyPress[] {
	const { early } = globalThis;
	early?.listening.abort();
	return early?.pressed.splice(0) ?? [];
}
