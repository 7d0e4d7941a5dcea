/**
 * The line of kernels that are to be started: who waits, who is let in, at which place one stands.
 *
 * First come, first served, one start of a learner's before anybody's second: whoever asks ten times
 * stands in the line ten times, but nine of them behind everybody else. Pure: knows no clock, no
 * kernel and nobody who waits; `admission.ts` does what is decided here.
 */
export interface Ticket {
	readonly id: string;
	readonly learner: string;
}

interface Starting extends Ticket {
	/** Milliseconds. */
	readonly since: number;
}

/** A kernel that was forked is there in a moment; one started the ordinary way is seconds of work. */
export type Effort = 'light' | 'heavy';

export interface Line {
	/** In the order in which they came. */
	readonly waiting: readonly Ticket[];
	readonly starting: readonly Starting[];
	/** What the last starts took, newest last. Milliseconds. */
	readonly took: readonly number[];
	/** How the last start went: the next one will go likewise. */
	readonly effort: Effort;
	/** Nobody is let in before this time: the machine has no memory left. Milliseconds. */
	readonly closedUntil: number;
}

/** How many may start at once. */
export type Limits = Readonly<Record<Effort, number>>;

export interface Place {
	/** 1: next. */
	readonly place: number;
	/** Seconds until the turn comes; `null`: nobody can say. */
	readonly seconds: number | null;
	readonly shortOfMemory: boolean;
}

/** As long as nothing was measured. Milliseconds. */
const GUESS: Readonly<Record<Effort, number>> = { light: 500, heavy: 4000 };
const KEPT = 9;

export const EMPTY: Line = {
	waiting: [],
	starting: [],
	took: [],
	effort: 'heavy',
	closedUntil: 0
};

export function join(line: Line, ticket: Ticket): Line {
	return { ...line, waiting: [...line.waiting, ticket] };
}

/** Goes away, whether it waits or starts. */
export function leave(line: Line, id: string): Line {
	const others = ({ id: other }: Ticket) => other !== id;
	return {
		...line,
		waiting: line.waiting.filter(others),
		starting: line.starting.filter(others)
	};
}

/** Lets in as many as may start now. */
export function letIn(
	line: Line,
	limits: Limits,
	now: number
): { readonly line: Line; readonly admitted: readonly string[] } {
	if (now < line.closedUntil) return { line, admitted: [] };
	const free = Math.max(0, limits[line.effort] - line.starting.length);
	const next = inOrder(line).slice(0, free);
	const ids = new Set(next.map(({ id }) => id));
	const waiting = line.waiting.filter(({ id }) => !ids.has(id));
	const starting = [...line.starting, ...next.map((ticket) => ({ ...ticket, since: now }))];
	return { line: { ...line, waiting, starting }, admitted: [...ids] };
}

/** A start came to its end. */
export function finish(line: Line, id: string, effort: Effort, now: number): Line {
	const began = line.starting.find((ticket) => ticket.id === id)?.since;
	if (began === undefined) return leave(line, id);
	// What the other kind took says nothing about this one.
	const before = effort === line.effort ? line.took : [];
	return { ...leave(line, id), effort, took: [...before, now - began].slice(-KEPT) };
}

/** A start could not be made for want of memory: it is the first again, and the line stands still. */
export function putBack(line: Line, id: string, until: number): Line {
	const ticket = line.starting.find((one) => one.id === id);
	if (!ticket) return line;
	const { learner } = ticket;
	const without = leave(line, id);
	return { ...without, waiting: [{ id, learner }, ...without.waiting], closedUntil: until };
}

/** Where everybody stands who waits. */
export function places(line: Line, limits: Limits, now: number): ReadonlyMap<string, Place> {
	const shortOfMemory = now < line.closedUntil;
	return new Map(
		inOrder(line).map(({ id }, index) => [
			id,
			{
				place: index + 1,
				seconds: shortOfMemory ? null : secondsUntil(line, limits, index, now),
				shortOfMemory
			}
		])
	);
}

function inOrder(line: Line): readonly Ticket[] {
	const seen = new Map<string, number>();
	const count = (learner: string) => {
		const before = seen.get(learner) ?? 0;
		seen.set(learner, before + 1);
		return before;
	};
	for (const { learner } of line.starting) count(learner);
	// Sorting keeps the order of those that are equal: the order in which they came.
	return line.waiting
		.map((ticket) => ({ ticket, before: count(ticket.learner) }))
		.toSorted((a, b) => a.before - b.before)
		.map(({ ticket }) => ticket);
}

/** So many starts have to end first, and so many go on at once. */
function secondsUntil(line: Line, limits: Limits, index: number, now: number): number {
	const one = middle(line.took) ?? GUESS[line.effort];
	const rounds = (index + 1) / limits[line.effort];
	const oldest = Math.min(now, ...line.starting.map(({ since }) => since));
	const gone = Math.min(now - oldest, one);
	return Math.max(1, Math.ceil((rounds * one - gone / 2) / 1000));
}

function middle(values: readonly number[]): number | null {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? null;
}
