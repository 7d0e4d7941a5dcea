import { describe, expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { problemText, type Problem } from '$lib/notebook/problem';
import type { Death, DeathCause } from '../jupyter/port';
import { eventsOf, lossEvents } from './record';

const DEATH: Death = {
	cause: 'bound',
	sure: true,
	exitCode: null,
	signal: 'SIGKILL',
	memoryMb: 3072,
	boundMb: 3072,
	machineMb: 8192,
	freeMb: 4096,
	full: null,
	doing: { kind: 'training', model: null, step: 40, of: 200 },
	fits: 8,
	where: null
};
const EVENTS: readonly Event[] = [
	{ type: 'lesson-read', cells: ['a', 'b'].map((id) => ({ id, code: id })) },
	{ type: 'execution-queued', execution: 'b.1', cell: 'b', source: 'b', at: 0 },
	{ type: 'execution-started', execution: 'b.1', at: 0 },
	{ type: 'execution-queued', execution: 'a.1', cell: 'a', source: 'a', at: 1 }
];

function after(events: readonly Event[]): Notebook {
	return events.reduce(
		(notebook, event) => apply(notebook, { seq: notebook.seq + 1, event }),
		newNotebook('x')
	);
}

test('a death ends what ran and what waited, and says all that is known, with the cell', () => {
	const notebook = after(EVENTS);
	const dead = after([...EVENTS, ...eventsOf(notebook, { type: 'died', ...DEATH }, 5)]);
	expect(dead.cells.map(({ run }) => run?.outcome)).toEqual(['aborted', 'aborted']);
	expect(dead.kernel).toMatchObject({ phase: 'dead', since: 5 });
	expect(dead.kernel.problem).toEqual({
		code: 'kernel-over-bound',
		detail: {
			sure: 1,
			exitCode: null,
			signal: 'SIGKILL',
			memoryMb: 3072,
			boundMb: 3072,
			machineMb: 8192,
			freeMb: 4096,
			full: null,
			doing: 'training',
			model: null,
			step: 40,
			of: 200,
			fits: 8,
			where: null,
			cell: 'b',
			cellName: 'Cell 2'
		}
	});
});

test.each<[DeathCause, string]>([
	['exit', 'kernel-exited'],
	['signal', 'kernel-killed'],
	['fault', 'kernel-crashed'],
	['memory', 'kernel-out-of-memory'],
	['bound', 'kernel-over-bound'],
	['disk', 'kernel-over-disk'],
	['host-ended', 'host-died'],
	['unknown', 'kernel-lost']
])('the cause "%s" is told as %s', (cause, code) => {
	const died = eventsOf(after([]), { type: 'died', ...DEATH, cause }, 0).at(-1);
	expect(died).toMatchObject({ kernel: { problem: { code } } });
});

test('a loss for another reason names the cell as well', () => {
	const lost = lossEvents(after(EVENTS), { code: 'host-died' }, 0).at(-1);
	expect(lost).toMatchObject({
		kernel: { problem: { code: 'host-died', detail: { cell: 'b', cellName: 'Cell 2' } } }
	});
});

describe('a safe start is told of', () => {
	const kernel = { phase: 'ready', stage: null, generation: 1, problem: null, since: 0 } as const;
	const FAILED: Problem = { code: 'kernel-start-failed', detail: { reason: 'no' } };
	const startup = (events: readonly Event[], problem: Problem, safe?: 'offered' | 'on') => {
		const began: Event = { type: 'kernel-changed', kernel: safe ? { ...kernel, safe } : kernel };
		const lost = lossEvents(after([began, ...events]), problem, 5).at(-1);
		const told = lost?.type === 'kernel-changed' ? lost.kernel.problem : null;
		return told?.detail?.['startup'];
	};

	test('when a start failed, or Python ended before any cell', () => {
		expect(startup([], FAILED, 'offered')).toBe(1);
		expect(startup([], { code: 'kernel-exited' }, 'offered')).toBe(1);
		const { next } = problemText({ code: 'kernel-start-failed', detail: { startup: 1 } });
		expect(next).toContain('press Start without my start-up files');
		expect(problemText(FAILED).next).not.toContain('start-up files');
	});
	test('not after a cell has run, not of a safe start, not for what is no fault of a file', () => {
		expect(startup(EVENTS, { code: 'kernel-exited' }, 'offered')).toBeUndefined();
		expect(startup([], FAILED, 'on')).toBeUndefined();
		expect(startup([], FAILED)).toBeUndefined();
		expect(startup([], { code: 'host-died' }, 'offered')).toBeUndefined();
	});
});
