/** Cuts a story down to what still shows the same fault: first whole steps, then what is in them. */
import type { Step } from './story';
import { isFields, type Fields, type Value } from './value';

/** Does it still show the fault? */
type Shows = (steps: readonly Step[]) => Promise<boolean>;

interface Budget {
	tries: number;
	readonly until: number;
}

/** @param tries stories told at most @param ms and the time for it */
export async function minimise(
	steps: readonly Step[],
	shows: Shows,
	tries = 500,
	ms = 15_000
): Promise<readonly Step[]> {
	const budget = { tries, until: performance.now() + ms };
	const still: Shows = async (candidate) => {
		budget.tries -= 1;
		return !isSpent(budget) && (await shows(candidate));
	};
	let least = await fewer(steps, still);
	for (let round = 0; round < 6 && !isSpent(budget); round += 1) {
		const before = JSON.stringify(least);
		least = await fewer(await simpler(least, still), still);
		if (JSON.stringify(least) === before) break;
	}
	return least;
}

function isSpent({ tries, until }: Budget): boolean {
	return tries <= 0 || performance.now() > until;
}

/** Delta debugging: leaves out ever smaller parts. */
async function fewer(steps: readonly Step[], shows: Shows): Promise<readonly Step[]> {
	let least = steps;
	for (let size = Math.ceil(least.length / 2); size >= 1; size = Math.floor(size / 2)) {
		for (let at = 0; at < least.length;) {
			const without = least.toSpliced(at, size);
			if (without.length < least.length && (await shows(without))) least = without;
			else at += size;
		}
	}
	return least;
}

async function simpler(steps: readonly Step[], shows: Shows): Promise<readonly Step[]> {
	let least = steps;
	for (let at = 0; at < least.length; at += 1) {
		for (;;) {
			const found = await firstThat(simplerSteps(least[at] as Step), (step) =>
				shows(least.with(at, step))
			);
			if (found === null) break;
			least = least.with(at, found);
		}
	}
	return least;
}

async function firstThat<T>(
	list: Iterable<T>,
	fits: (one: T) => Promise<boolean>
): Promise<T | null> {
	for (const one of list) if (await fits(one)) return one;
	return null;
}

function* simplerSteps(step: Step): Generator<Step> {
	if (step.do === 'command') {
		for (const command of simplerValues(step.command)) {
			if (isFields(command)) yield { ...step, command };
		}
	}
	if (step.do !== 'message') return;
	const { damage, metadata, beside, ...bare } = step;
	if (damage ?? metadata ?? beside) yield bare;
	for (const part of ['content', 'type', 'parent', 'parentType'] as const)
		for (const value of simplerValues(step[part])) yield { ...step, [part]: value };
}

/** Values that are a little simpler, the much simpler ones first. Never the same one: it ends. */
function* simplerValues(value: Value): Generator<Value> {
	if (typeof value === 'string') yield* shorter(value);
	if (Array.isArray(value)) yield* simplerLists(value as readonly Value[]);
	else if (isFields(value)) yield* simplerFields(value);
}

function* shorter(text: string): Generator<string> {
	if (text.length < 2) return;
	yield '';
	for (let size = Math.ceil(text.length / 2); size >= 1; size = Math.floor(size / 2))
		for (let at = 0; at < text.length; at += size) yield text.slice(0, at) + text.slice(at + size);
}

function* simplerLists(list: readonly Value[]): Generator<Value> {
	if (list.length === 0) return;
	yield [];
	for (let at = 0; at < list.length; at += 1) yield list.toSpliced(at, 1);
	for (const [at, item] of list.entries())
		for (const value of simplerValues(item)) yield list.with(at, value);
}

function* simplerFields(value: Fields): Generator<Value> {
	const entries = Object.entries(value);
	const [first] = entries;
	if (first?.[0].startsWith('$') && entries.length === 1) {
		if (first[0] === '$run' || first[0] === '$json') return;
		yield '';
	}
	if (entries.length > 1) yield {};
	for (let at = 0; at < entries.length; at += 1) yield Object.fromEntries(entries.toSpliced(at, 1));
	for (const [at, [name, it]] of entries.entries()) {
		// A count is halved: how much is too much is worth knowing.
		const counts = typeof it === 'number' && it > 1 && name === '' ? [Math.floor(it / 2)] : [];
		for (const simple of [...counts, ...simplerValues(it)])
			yield Object.fromEntries(entries.with(at, [name, simple]));
	}
}
