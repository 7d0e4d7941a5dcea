import { describe, expect, test } from 'vitest';
import { newCell, type Cell, type Run } from '$lib/notebook/cell';
import { KERNEL_OFF, type KernelState } from '$lib/notebook/kernel';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { CHART_MIME } from '$lib/notebook/output';
import type { KernelReport } from '../jupyter/health';
import { kernelLines, type WorkNow } from './kernels';
import { USE } from './testing';

const NOW = 1_700_000_000_000;
const REPORT: KernelReport = {
	id: 'k1',
	pid: 7,
	memory: 5,
	memoryIs: 'pss',
	cpu: 1,
	processes: 2,
	since: 3,
	isStopped: false,
	state: 'idle',
	started: 'forked',
	coldBecause: null,
	bound: 9
};

function notebook(kernel: Partial<KernelState>, cells: readonly Cell[] = []): Notebook {
	return { ...newNotebook('a'), kernel: { ...KERNEL_OFF, phase: 'ready', ...kernel }, cells };
}

function work(book: Notebook, kernel: string | null = 'k1'): WorkNow {
	return { learner: null, title: 'Lesson A', kernel, notebook: book };
}

function running(outputs: Cell['outputs'] = []): Cell {
	const run: Run = {
		execution: 'e',
		source: '',
		generation: 0,
		count: 1,
		queuedAt: 1,
		startedAt: 2,
		finishedAt: null,
		outcome: null
	};
	return { ...newCell('c', 'lesson', ''), run, outputs };
}

const chart = { chart: 'run', state: 'running', progress: { step: 4, total: 9 } };
const TRAINING = running([
	{ key: 0, type: 'display', data: { [CHART_MIME]: chart }, metadata: {}, displayId: 'd' }
]);

function lines(works: readonly WorkNow[], reports: readonly KernelReport[]) {
	return kernelLines(works, reports, () => USE, NOW);
}

function condition(kernel: Partial<KernelState>, cells: readonly Cell[] = [], report = REPORT) {
	return lines([work(notebook(kernel, cells))], [report])[0]?.condition;
}

describe('the condition of a kernel', () => {
	test('idle', () => expect(condition({})).toBe('idle'));
	test('busy with a cell', () => expect(condition({}, [running()])).toBe('busy'));
	test('busy with something of ours', () =>
		expect(condition({}, [], { ...REPORT, state: 'busy' })).toBe('busy'));
	test('training', () => expect(condition({}, [TRAINING])).toBe('training'));
	test('starting', () =>
		expect(condition({ phase: 'starting', stage: 'python' })).toBe('starting'));
	test('waiting for its turn', () =>
		expect(condition({ phase: 'starting', stage: 'line' })).toBe('waiting'));
	test('frozen, as the host told the session', () =>
		expect(condition({ rest: { state: 'frozen', unused: 20, left: null } })).toBe('frozen'));
	test('frozen, as the system shows it', () =>
		expect(condition({}, [], { ...REPORT, isStopped: true })).toBe('frozen'));
	test('dead, as the session knows', () => expect(condition({ phase: 'dead' })).toBe('dead'));
	test('dead, which the host knows first', () =>
		expect(condition({}, [], { ...REPORT, state: 'dead' })).toBe('dead'));
});

test('a training tells its step and the last loss that was a number', () => {
	const rows = [{ loss: 0.5 }, { loss: 0.25 }, { loss: null, eval_loss: 1 }];
	const book = { ...notebook({}, [TRAINING]), charts: { run: rows, other: [{ loss: 7 }] } };
	expect(lines([work(book)], [REPORT])[0]?.training).toEqual({ step: 4, total: 9, loss: 0.25 });
	expect(lines([work(notebook({}, [TRAINING]))], [REPORT])[0]?.training?.loss).toBeNull();
});

test('a kernel is one line, with what the host measured and what the session knows', () => {
	const [line, ...others] = lines([work(notebook({}))], [REPORT]);
	expect(others).toEqual([]);
	expect(line).toMatchObject({
		...USE,
		id: 'k1',
		lesson: 'Lesson A',
		bound: 9,
		processes: 2,
		start: { type: 'forked' }
	});
});

test('a kernel that no session uses has a line without a lesson', () => {
	const cold = { ...REPORT, started: 'cold' as const, coldBecause: 'loading' };
	expect(lines([], [cold])).toMatchObject([
		{ id: 'k1', lesson: null, start: { type: 'cold', because: 'loading' } }
	]);
	const pooled = { ...REPORT, started: 'pooled' as const };
	expect(lines([], [pooled])).toMatchObject([{ start: { type: 'pooled' } }]);
});

test('who waits has a line with the place', () => {
	const line = { place: 3, seconds: 8, shortOfMemory: false };
	const book = notebook({ phase: 'starting', stage: 'line', line });
	expect(lines([work(book, null)], [])).toMatchObject([{ id: null, place: 3, wait: 8 }]);
});

test('a death is shown for an hour, a lesson without a kernel not at all', () => {
	const dead = (since: number) =>
		work(notebook({ phase: 'dead', since, problem: { code: 'kernel-killed' } }), null);
	expect(lines([dead(NOW - 1000)], [])).toMatchObject([{ problem: 'kernel-killed' }]);
	expect(lines([dead(NOW - 3_700_000)], [])).toEqual([]);
	expect(lines([work(notebook({ phase: 'off' }), null)], [])).toEqual([]);
});
