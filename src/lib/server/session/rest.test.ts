import { expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { endingProblem, KERNEL_OFF } from '$lib/notebook/kernel';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { problemText } from '$lib/notebook/problem';
import { cellsToReplay } from '$lib/notebook/replay';
import type { KernelMessage } from '../jupyter/port';
import { eventsOf } from './record';

type Rest = Extract<KernelMessage, { type: 'rest' }>;

const READY: Event = {
	type: 'kernel-changed',
	kernel: { ...KERNEL_OFF, phase: 'ready', generation: 1 }
};
const RAN: readonly Event[] = [
	{ type: 'lesson-read', cells: [{ id: 'a', code: '1' }] },
	READY,
	{ type: 'execution-queued', execution: 'a.x', cell: 'a', source: '1', at: 1 },
	{ type: 'execution-started', execution: 'a.x', at: 2 },
	{ type: 'execution-finished', execution: 'a.x', outcome: 'ok', at: 3 }
];

function after(events: readonly Event[], start = newNotebook('x')): Notebook {
	return events.reduce((now, event) => apply(now, { seq: now.seq + 1, event }), start);
}

/** The notebook after the host has said so. */
function told(notebook: Notebook, rest: Partial<Rest>): Notebook {
	const message: Rest = {
		type: 'rest',
		state: 'frozen',
		why: 'unused',
		unusedS: 3000,
		endsInS: null,
		...rest
	};
	return after(eventsOf(notebook, message, 9), notebook);
}

test('a kernel that rests is ready all the same, and wakes', () => {
	const frozen = told(after(RAN), { state: 'frozen' });
	expect(frozen.kernel).toMatchObject({
		phase: 'ready',
		rest: { state: 'frozen', unused: 50, left: null }
	});
	expect(told(frozen, { state: 'awake' }).kernel).toEqual(after(RAN).kernel);
});

test('the warning says when, and what to do', () => {
	const problem = endingProblem(told(after(RAN), { state: 'ending', endsInS: 600 }).kernel);
	expect(problem && problemText(problem)).toMatchObject({
		what: 'Python has not been used for 50 minutes and will be put away within 10 minutes.',
		next: 'Run any cell, or press Keep Python, and it stays.'
	});
});

test('one that was put away can come back with all its cells', () => {
	const ended = told(after(RAN), { state: 'ended', unusedS: 3600 });
	expect(ended.kernel).toMatchObject({ phase: 'dead', problem: { code: 'kernel-put-away' } });
	expect(cellsToReplay(ended).map(({ id }) => id)).toEqual(['a']);
	const { problem } = ended.kernel;
	expect(problem && problemText(problem).what).toBe(
		'Your Python was put away after 60 minutes without use. Nothing you did is lost.'
	);
});

test('nothing is said of a kernel that is gone already', () => {
	const off = after(RAN.slice(0, 1));
	expect(told(off, { state: 'frozen' })).toEqual(off);
});
