/**
 * Tells one story after the other and reports. A fault that several stories show is cut down to a
 * small one once, and only counted after that.
 */
import type { Finding } from './finding';
import { minimise } from './minimise';
import { makeStory, type Step } from './story';
import { openPlace, tell, type Place } from './teller';
import { Visits } from './visit';

/** Messages in one story. */
export const LENGTH = 100;

export interface Order {
	readonly seed: number;
	/** Number of the first story, counted from 0, and how many stories there are. */
	readonly from: number;
	readonly until: number;
	readonly pageEvery: number;
	/** Stories between two that a real browser sees in the built app, too; 0: none is. */
	readonly browserEvery: number;
	/** For a database and texts. */
	readonly folder: string;
	/** Kinds of fault that have been told. */
	readonly known: readonly string[];
}

export interface SlowMessage {
	readonly ms: number;
	readonly bytes: number;
	readonly story: number;
	readonly step: number;
}

export type News =
	| { readonly type: 'begins'; readonly story: number }
	| {
			readonly type: 'told';
			readonly story: number;
			readonly messages: number;
			readonly kind: string | null;
			/** A browser has seen it. */
			readonly seen: boolean;
			readonly largest: number;
			readonly slow: SlowMessage | null;
	  }
	| { readonly type: 'fault'; readonly fault: Case };

/** A story that shows a fault, as it is kept in a file. */
export interface Case {
	readonly kind: string;
	readonly seed: number;
	readonly story: number;
	/** Number of the message in the story, counted from 1. */
	readonly message: number;
	readonly text: string;
	readonly steps: readonly Step[];
}

export function seedOf(seed: number, story: number): number {
	return (seed * 1_000_003 + story) % 2 ** 31;
}

export async function campaign(order: Order, report: (news: News) => void): Promise<void> {
	const place = openPlace(order.folder);
	const visits = new Visits();
	const known = new Set(order.known);
	for (let story = order.from; story < order.until; story += 1) {
		report({ type: 'begins', story });
		const steps = makeStory(seedOf(order.seed, story), LENGTH);
		const { finding, times, largest } = await tell(place, steps, order.pageEvery);
		const messages = times.length;
		const seen = finding === null && order.browserEvery > 0 && story % order.browserEvery === 0;
		const found = seen ? await visits.tell(steps) : finding;
		if (found && !known.has(found.kind)) {
			known.add(found.kind);
			const least = seen
				? await cutDownSeen(steps, found, visits)
				: await cutDown(place, steps, found, order.pageEvery);
			const { kind, text } = found;
			report({
				type: 'fault',
				fault: { kind, seed: order.seed, story, message: messages, text, steps: least }
			});
		}
		const slowest = times.reduce((a, b) => (b.ms > a.ms ? b : a), { ms: 0, bytes: 0, step: 0 });
		report({
			type: 'told',
			story,
			messages,
			kind: found?.kind ?? null,
			seen,
			largest,
			slow: { ...slowest, story }
		});
	}
	await visits.close();
	place.db.$client.close();
}

async function cutDown(
	place: Place,
	steps: readonly Step[],
	{ kind, step }: Finding,
	pageEvery: number
): Promise<readonly Step[]> {
	const until = steps.slice(0, step + 1);
	const shows = (every: number) => async (candidate: readonly Step[]) =>
		(await tell(place, candidate, every)).finding?.kind === kind;
	// With a look at the page after each message less is needed to show it, unless another fault shows then.
	return minimise(until, (await shows(1)(until)) ? shows(1) : shows(pageEvery));
}

function cutDownSeen(
	steps: readonly Step[],
	{ kind, step }: Finding,
	visits: Visits
): Promise<readonly Step[]> {
	const shows = async (candidate: readonly Step[]) => (await visits.tell(candidate))?.kind === kind;
	return minimise(steps.slice(0, step + 1), shows, 60, 90_000);
}

/** A story from a file, once more. */
export async function replay(
	folder: string,
	steps: readonly Step[],
	inBrowser: boolean
): Promise<Finding | null> {
	const place = openPlace(folder);
	const { finding } = await tell(place, steps, 1);
	place.db.$client.close();
	if (finding || !inBrowser) return finding;
	const visits = new Visits();
	const seen = await visits.tell(steps);
	await visits.close();
	return seen;
}
