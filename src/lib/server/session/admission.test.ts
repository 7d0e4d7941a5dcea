import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Admission, LeftLine, type Asking, type Setback } from './admission';
import type { Place } from './line';

const LIMITS = { light: 2, heavy: 2 };
const passing = new Error('passing');
const lasting = new Error('lasting');
const noMemory = new Error('no-memory');

let admission: Admission;

beforeEach(() => {
	vi.useFakeTimers();
	admission = new Admission({
		limits: LIMITS,
		now: () => Date.now(),
		judge: (error) => (error as Error).message as Setback
	});
});
afterEach(() => vi.useRealTimers());

/** Somebody who asks, with a start that ends when the test says so. */
function ask(learner: string, ...failures: readonly Error[]) {
	const heard: Place[] = [];
	const gone = new AbortController();
	const ends: (() => void)[] = [];
	const left = [...failures];
	const asking: Asking = {
		learner,
		onplace: (place) => heard.push(place),
		onturn: () => undefined,
		signal: gone.signal
	};
	const done = admission.pass(asking, async () => {
		await new Promise<void>((resolve) => ends.push(resolve));
		const failure = left.shift();
		if (failure) throw failure;
		return { effort: 'light', learner } as const;
	});
	done.catch(() => undefined);
	return {
		heard,
		done,
		leave: () => gone.abort(),
		tries: () => ends.length,
		async end() {
			ends.at(-1)?.();
			await vi.advanceTimersByTimeAsync(0);
		}
	};
}

test('a few start at once, the others are told their place and follow', async () => {
	const [anna, ben, cleo, dora] = ['anna', 'ben', 'cleo', 'dora'].map((name) => ask(name)) as [
		ReturnType<typeof ask>,
		ReturnType<typeof ask>,
		ReturnType<typeof ask>,
		ReturnType<typeof ask>
	];
	await vi.advanceTimersByTimeAsync(0);
	expect([anna, ben, cleo, dora].map((one) => one.tries())).toEqual([1, 1, 0, 0]);
	expect(anna.heard).toEqual([]);
	let isEmpty = false;
	void admission.empty().then(() => (isEmpty = true));
	expect(dora.heard).toMatchObject([{ place: 2 }]);
	await anna.end();
	expect(cleo.tries()).toBe(1);
	// A second later at the latest.
	expect(dora.heard).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(1000);
	expect(dora.heard).toMatchObject([{ place: 2 }, { place: 1 }]);
	await ben.end();
	await cleo.end();
	expect(isEmpty).toBe(false);
	await dora.end();
	expect((await dora.done).learner).toBe('dora');
	expect(isEmpty).toBe(true);
	expect(admission.counts).toEqual({ waiting: 0, starting: 0 });
	expect(vi.getTimerCount()).toBe(0);
});

test('a failure that passes is tried again, a lasting one is told', async () => {
	const anna = ask('anna', passing, passing);
	await vi.advanceTimersByTimeAsync(0);
	for (let n = 0; n < 3; n += 1) await anna.end();
	expect((await anna.done).learner).toBe('anna');

	const ben = ask('ben', passing, passing, passing);
	await vi.advanceTimersByTimeAsync(0);
	for (let n = 0; n < 3; n += 1) await ben.end();
	await expect(ben.done).rejects.toBe(passing);

	const cleo = ask('cleo', lasting);
	await vi.advanceTimersByTimeAsync(0);
	await cleo.end();
	await expect(cleo.done).rejects.toBe(lasting);
	expect(admission.counts).toEqual({ waiting: 0, starting: 0 });
});

test('without memory a start waits for as long as it takes, and says so', async () => {
	const anna = ask('anna', ...Array.from({ length: 20 }, () => noMemory));
	await vi.advanceTimersByTimeAsync(0);
	for (let n = 0; n < 20; n += 1) {
		await anna.end();
		await vi.advanceTimersByTimeAsync(1000);
	}
	expect(anna.heard.at(-1)).toEqual({ place: 1, seconds: null, shortOfMemory: true });
	await anna.end();
	expect((await anna.done).learner).toBe('anna');
	expect(vi.getTimerCount()).toBe(0);
});

test('one can leave the line, and those behind move up', async () => {
	const people = ['anna', 'ben', 'cleo', 'dora'].map((name) => ask(name));
	await vi.advanceTimersByTimeAsync(0);
	people[2]?.leave();
	await expect(people[2]?.done).rejects.toThrow(LeftLine);
	await vi.advanceTimersByTimeAsync(1000);
	expect(people[3]?.heard.at(-1)).toMatchObject({ place: 1 });
	expect(admission.counts).toEqual({ waiting: 1, starting: 2 });
	for (const one of people) await one.end();
	await people[3]?.end();
	expect(admission.counts).toEqual({ waiting: 0, starting: 0 });
});
