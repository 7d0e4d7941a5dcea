import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './pace';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorder(drawMs: number) {
	const drawn: number[] = [];
	let underWay = 0;
	const draw = async (state: number) => {
		underWay += 1;
		expect(underWay).toBe(1);
		drawn.push(state);
		await new Promise((resolve) => setTimeout(resolve, drawMs));
		underWay -= 1;
	};
	return { drawn, draw };
}

async function offerEvery(pace: Pace<number>, gap: number, count: number): Promise<void> {
	for (let state = 1; state <= count; state += 1) {
		pace.offer(state);
		await vi.advanceTimersByTimeAsync(gap);
	}
}

test('draws at most ten times a second, and the newest last', async () => {
	const { drawn, draw } = recorder(5);
	await offerEvery(new Pace(draw, () => 100), 10, 200);
	await vi.advanceTimersByTimeAsync(500);
	expect(drawn.length).toBeGreaterThanOrEqual(19);
	expect(drawn.length).toBeLessThanOrEqual(21);
	expect(drawn.at(-1)).toBe(200);
});

test('a slow drawing is never overtaken; what came meanwhile is left out', async () => {
	const { drawn, draw } = recorder(450);
	await offerEvery(new Pace(draw, () => 100), 100, 20);
	await vi.advanceTimersByTimeAsync(2000);
	expect(drawn.length).toBeLessThanOrEqual(6);
	expect(drawn.at(-1)).toBe(20);
});

test('while held it draws the first state only, and the newest when released', async () => {
	const { drawn, draw } = recorder(1);
	const pace = new Pace(draw, () => 100);
	pace.hold(true);
	await offerEvery(pace, 50, 20);
	expect(drawn).toEqual([1]);
	pace.hold(false);
	await vi.advanceTimersByTimeAsync(200);
	expect(drawn).toEqual([1, 20]);
});

test('for paper it draws the newest state at once, held or not', async () => {
	const { drawn, draw } = recorder(1);
	const pace = new Pace(draw, () => 100);
	pace.hold(true);
	await offerEvery(pace, 50, 20);
	pace.flush();
	expect(drawn).toEqual([1, 20]);
	await vi.advanceTimersByTimeAsync(500);
	pace.flush();
	expect(drawn).toEqual([1, 20]);
});

test('stopped, it draws nothing more', async () => {
	const { drawn, draw } = recorder(1);
	const pace = new Pace(draw, () => 10);
	await offerEvery(pace, 20, 3);
	pace.offer(9);
	pace.stop();
	await vi.advanceTimersByTimeAsync(100);
	expect(drawn).toEqual([1, 2, 3]);
});
