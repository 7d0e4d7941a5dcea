/** A log that no learner can fill: the same words a few times, and then no more for a while. */
const TIMES = 5;
const WHILE_MS = 60_000;

const told = new Map<string, { times: number; since: number }>();

/** @param words a fixed sentence; what is particular is in the error */
export function logSeldom(words: string, error: unknown): void {
	const now = Date.now();
	const before = told.get(words);
	const entry = before && now - before.since < WHILE_MS ? before : { times: 0, since: now };
	entry.times += 1;
	told.set(words, entry);
	if (entry.times > TIMES) return;
	console.error(entry.times === TIMES ? `${words} (Told no more for a minute.)` : words, error);
}
