/**
 * Who may ask for which route: the whole list. Pure.
 *
 * It goes by the route that SvelteKit has found, not by the path that was typed: the same route has
 * many spellings (`/%68ealth`, `/health/__data.json`), and each of them is found here.
 */
export type Role = 'learner' | 'teacher';

export interface Access {
	/** `staff`: in a class those who teach; alone everybody who has a key. */
	readonly who: 'everybody' | 'people' | 'staff' | 'nobody';
	/** A document that links of other sites may lead to. */
	readonly isPage: boolean;
	/** A program with the token of the measurements may read it. */
	readonly isMeasured: boolean;
}

const PAGE: Access = { who: 'people', isPage: true, isMeasured: false };
const API: Access = { ...PAGE, isPage: false };
const OPEN: Access = { ...API, who: 'everybody' };
const MEASURED: Access = { who: 'staff', isPage: false, isMeasured: true };

/** Answers everybody yes or no, and why to who may know. */
export const READY = '/health/ready';

const ROUTES: ReadonlyMap<string, Access> = new Map([
	['/', PAGE],
	['/lessons/[slug]', PAGE],
	['/api/lessons/[slug]/commands', API],
	['/api/lessons/[slug]/events', API],
	['/api/lessons/[slug]/questions', API],
	['/api/lessons/[slug]/texts/[execution]/[key]', API],
	['/api/lessons/[slug]/files/[...path]', API],
	['/frame', OPEN],
	['/healthz', OPEN],
	['/health/live', OPEN],
	[READY, { ...MEASURED, who: 'people' }],
	['/health', { ...MEASURED, isPage: true }],
	['/metrics', MEASURED]
]);

/** @param route its id; `null`: there is no such page, which people are told on a page */
export function accessTo(route: string | null): Access {
	if (route === null) return PAGE;
	// One that was forgotten here is noticed, and opens nothing until then.
	return ROUTES.get(route) ?? { ...API, who: 'nobody' };
}
