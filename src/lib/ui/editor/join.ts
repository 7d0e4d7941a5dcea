import { ChangeSet, Text } from '@codemirror/state';

/** What was typed into `base`, put on top of what `base` has become elsewhere. Neither is lost. */
export function join(base: string, typed: string, now: string): string {
	// Typed a second time, because the first time was not to be seen.
	if (typed === now) return now;
	const mine = between(base, typed).map(between(base, now));
	return mine.apply(Text.of(now.split('\n'))).toString();
}

/** Where a place in `base` has got to in `now`. */
export function follow(base: string, now: string, place: number): number {
	return between(base, now).mapPos(Math.min(place, base.length), 1);
}

function between(old: string, text: string): ChangeSet {
	return ChangeSet.of(difference(old, text), old.length);
}

/** The smallest middle part in which two texts differ. */
export function difference(
	old: string,
	text: string
): { from: number; to: number; insert: string } {
	let from = 0;
	const shorter = Math.min(old.length, text.length);
	while (from < shorter && old[from] === text[from]) from += 1;
	let end = 0;
	while (end < shorter - from && old.at(-1 - end) === text.at(-1 - end)) end += 1;
	return { from, to: old.length - end, insert: text.slice(from, text.length - end) };
}
