import { expect, test } from 'vitest';
import { KERNEL_OFF, type KernelState } from '$lib/notebook/kernel';
import type { Problem } from '$lib/notebook/problem';
import { FakeKernelHost } from '../jupyter/fake';
import type { KernelHost, KernelLink, StartOptions } from '../jupyter/port';
import { Admission } from './admission';
import { SessionKernel } from './kernel';

/** A host whose starts end when the test says so. */
class SlowHost extends FakeKernelHost {
	readonly holds: (() => void)[] = [];

	override async start(options: StartOptions): Promise<KernelLink> {
		await new Promise<void>((resolve) => this.holds.push(resolve));
		return super.start(options);
	}
}

function oneAtATime(): Admission {
	const limits = { light: 1, heavy: 1 };
	return new Admission({ limits, now: () => performance.now(), judge: () => 'lasting' });
}

function open(host: KernelHost, admission: Admission, before: KernelState = KERNEL_OFF) {
	const states: KernelState[] = [];
	const problems: Problem[] = [];
	const state = () => states.at(-1) ?? before;
	const kernel = new SessionKernel({
		host,
		admission,
		learner: 'me',
		cwd: '/',
		state,
		onstate: (next) => states.push(next),
		onmessage: () => undefined,
		onkernel: () => undefined,
		onaway: () => undefined,
		onlost: (problem) => problems.push(problem),
		onfree: () => undefined,
		now: () => 0
	});
	return { kernel, states, problems, state };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
	for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('somebody alone does not hear of a line', async () => {
	const { kernel, states } = open(new FakeKernelHost(), oneAtATime());
	await kernel.start();
	expect(states.map(({ phase, stage }) => stage ?? phase)).toEqual([
		'host',
		'python',
		'answering',
		'ready'
	]);
	expect(kernel.free).toBe(true);
});

test('a second one waits, says where, and starts in its turn', async () => {
	const [host, admission] = [new SlowHost(), oneAtATime()];
	const [first, second] = [open(host, admission), open(host, admission)];
	const starts = [first.kernel.start(), second.kernel.start()];
	await settle();
	expect(host.holds).toHaveLength(1);
	expect(second.state()).toMatchObject({ phase: 'starting', stage: 'line', line: { place: 1 } });
	host.holds[0]?.();
	await settle();
	expect(second.state()).toMatchObject({ stage: 'host' });
	expect(second.state().line).toBe(undefined);
	host.holds[1]?.();
	await Promise.all(starts);
	expect(second.state()).toMatchObject({ phase: 'ready', generation: 1 });
});

test('a restart waits as well, and one that starts is fresh enough', async () => {
	const [host, admission] = [new SlowHost(), oneAtATime()];
	const [first, second] = [open(host, admission), open(host, admission)];
	const start = first.kernel.start();
	await settle();
	host.holds[0]?.();
	await start;
	const other = second.kernel.start();
	const restarts = [first.kernel.restart(), first.kernel.restart()];
	await settle();
	expect(first.state()).toMatchObject({ stage: 'line', generation: 2 });
	host.holds[1]?.();
	await Promise.all([other, ...restarts]);
	expect(first.state()).toMatchObject({ phase: 'ready', generation: 2 });
});

test('whoever leaves the line is where he was before', async () => {
	const [host, admission] = [new SlowHost(), oneAtATime()];
	const [first, second] = [open(host, admission), open(host, admission)];
	const starting = first.kernel.start();
	const waiting = second.kernel.start();
	await settle();
	second.kernel.leaveLine();
	await waiting;
	expect(second.state()).toMatchObject({ phase: 'off', stage: null });
	expect(second.problems).toEqual([]);
	host.holds[0]?.();
	await starting;

	void second.kernel.start();
	await settle();
	const again = first.kernel.restart();
	await settle();
	first.kernel.leaveLine();
	await again;
	expect(first.state()).toMatchObject({ phase: 'ready', generation: 1 });
	expect(first.kernel.free).toBe(true);
	host.holds[1]?.();
	await settle();
});

test('a session that is closed says nothing more', async () => {
	const [host, admission] = [new SlowHost(), oneAtATime()];
	const [first, second] = [open(host, admission), open(host, admission)];
	const starting = first.kernel.start();
	const waiting = second.kernel.start();
	await settle();
	const told = second.states.length;
	second.kernel.detach();
	await waiting;
	expect(second.states).toHaveLength(told);
	host.holds[0]?.();
	await starting;
});

test('a start that fails for good is told', async () => {
	const { kernel, problems } = open(
		new FakeKernelHost({ startFails: new Error('no Python') }),
		oneAtATime()
	);
	await kernel.start();
	expect(problems).toEqual([{ code: 'kernel-start-failed', detail: { reason: 'no Python' } }]);
});

test('a safe start takes another kernel, and so does the ordinary one after it', async () => {
	const host = new FakeKernelHost();
	const { kernel, state } = open(host, oneAtATime());
	await kernel.start();
	expect(state().safe).toBe('offered');
	await kernel.restart();
	expect(host.starts).toEqual([false]);
	await kernel.restart(true);
	expect(host.starts).toEqual([false, true]);
	expect(state()).toMatchObject({ phase: 'ready', safe: 'on', generation: 3 });
	expect(kernel.free).toBe(true);
	await kernel.restart(true);
	expect(host.starts).toEqual([false, true]);
	expect(state()).toMatchObject({ phase: 'ready', safe: 'on', generation: 4 });
	await kernel.restart();
	expect(host.starts).toEqual([false, true, false]);
	expect(state()).toMatchObject({ phase: 'ready', safe: 'offered', generation: 5 });
});

test('what started safely is known as such to the next web process', async () => {
	const host = new FakeKernelHost();
	const first = open(host, oneAtATime());
	await first.kernel.start(true);
	const second = open(host, oneAtATime(), first.state());
	expect(await second.kernel.adopt({ kernel: 'fake-1', tape: 0 })).toBe(true);
	await second.kernel.restart();
	expect(host.starts).toEqual([true, false]);
});

test('a safe start that is asked for while an ordinary one is under way comes after it', async () => {
	const host = new SlowHost();
	const { kernel, state } = open(host, oneAtATime());
	void kernel.start();
	await settle();
	const safe = kernel.restart(true);
	host.holds[0]?.();
	await settle();
	host.holds[1]?.();
	await safe;
	expect(host.starts).toEqual([false, true]);
	expect(state()).toMatchObject({ phase: 'ready', safe: 'on' });
});

test('where no safe start can be had, none is offered', async () => {
	class Foreign extends FakeKernelHost {
		override readonly startsSafely: boolean = false;
	}
	const { kernel, state } = open(new Foreign(), oneAtATime());
	await kernel.start();
	expect(state().safe).toBeUndefined();
});
