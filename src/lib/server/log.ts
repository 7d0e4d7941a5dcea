/** What goes wrong, told once in the log: an error that comes again and again must not fill the disk. */

/** Letters of one message, with its trace. */
const LENGTH = 4000;
/** The same one is told again after so many milliseconds. */
const QUIET = 60_000;
/** Different ones that are remembered. */
const KEPT = 100;

const told = new Map<string, { readonly at: number; unsaid: number }>();

/** @param about a fixed sentence that all errors of a kind share, where learners decide how many kinds of text there are */
export function logError(error: unknown, about = '', now = Date.now()): void {
	const text = `${about} ${textOf(error)}`.trim().slice(0, LENGTH);
	const key = about || text;
	const known = told.get(key);
	if (known && now - known.at < QUIET) {
		known.unsaid += 1;
		return;
	}
	console.error(known?.unsaid ? `${text}\n(${known.unsaid} more of these before)` : text);
	told.delete(key);
	told.set(key, { at: now, unsaid: 0 });
	const oldest = told.keys().next();
	if (told.size > KEPT && !oldest.done) told.delete(oldest.value);
}

/** As if nothing had been told: for tests, in which each word counts. */
export function forgetTold(): void {
	told.clear();
}

function textOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
