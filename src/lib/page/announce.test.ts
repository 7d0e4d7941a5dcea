import { expect, test } from 'vitest';
import type { Event } from '$lib/notebook/event';
import { KERNEL_OFF } from '$lib/notebook/kernel';
import { newNotebook } from '$lib/notebook/notebook';
import { announce } from './announce';
import { advance } from './replica';

const begin: readonly Event[] = [
	{ type: 'lesson-read', cells: [{ id: 'a', code: '1' }] },
	{ type: 'execution-queued', execution: 'r', cell: 'a', source: '1', at: 0 },
	{ type: 'execution-started', execution: 'r', at: 0 }
];

/** What is said when the last of the events happens. */
function said(...events: readonly Event[]) {
	const entries = events.map((event, index) => ({ seq: index + 1, event }));
	const step = advance(newNotebook('x'), entries).steps.at(-1);
	return step ? announce(step) : null;
}

const finish = (outcome: 'ok' | 'error' | 'aborted'): Event => ({
	type: 'execution-finished',
	execution: 'r',
	outcome,
	at: 1
});

test('a run is told when it begins and ends, calmly', () => {
	expect(said(...begin)).toEqual({ urgent: false, text: 'Cell 1 running.' });
	expect(said(...begin, finish('ok'))).toEqual({ urgent: false, text: 'Cell 1 finished.' });
});

test('an error is told at once, with its last line', () => {
	const error: Event = {
		type: 'output-added',
		execution: 'r',
		output: { type: 'error', name: 'NameError', message: 'x is not defined', traceback: [] }
	};
	expect(said(...begin, error, finish('error'))).toEqual({
		urgent: true,
		text: 'Cell 1 stopped with an error. NameError: x is not defined'
	});
});

test('a question is told at once', () => {
	const output = { type: 'input', prompt: 'Name?', password: false, answer: null } as const;
	expect(said(...begin, { type: 'output-added', execution: 'r', output })).toEqual({
		urgent: true,
		text: 'Cell 1 asks: Name?'
	});
});

test('the death of Python is told with cause and way on', () => {
	const kernel = { ...KERNEL_OFF, phase: 'dead', problem: { code: 'kernel-exited' } } as const;
	const news = said({ type: 'kernel-changed', kernel });
	expect(news?.urgent).toBe(true);
	expect(news?.text).toContain('Python ended by itself');
	expect(news?.text).toContain('Everything you wrote');
});

test('a place in the line is told when it changes, and not each second', () => {
	const at = (place: number, seconds: number): Event => ({
		type: 'kernel-changed',
		kernel: {
			...KERNEL_OFF,
			phase: 'starting',
			stage: 'line',
			line: { place, seconds, shortOfMemory: false }
		}
	});
	expect(said(at(3, 4))?.text).toBe('You are 3rd in line, about 4 seconds.');
	expect(said(at(3, 4), at(3, 3))).toBe(null);
	expect(said(at(3, 4), at(2, 2))?.text).toBe('You are 2nd in line, about 2 seconds.');
});

test('a kernel that rests is said when it is about to be put away', () => {
	const ready = { ...KERNEL_OFF, phase: 'ready' } as const;
	const rest = (state: 'frozen' | 'ending'): Event => ({
		type: 'kernel-changed',
		kernel: { ...ready, rest: { state, unused: 50, left: 10 } }
	});
	const woken: Event = { type: 'kernel-changed', kernel: ready };
	expect(said(woken)?.text).toBe('Python is ready.');
	expect(said(rest('frozen'))).toBe(null);
	expect(said(rest('frozen'), rest('ending'))?.text).toContain(
		'will be put away within 10 minutes'
	);
	expect(said(rest('ending'), woken)).toBe(null);
});

test('printed text, edits and cells that were not reached say nothing', () => {
	expect(said(...begin, finish('aborted'))).toBe(null);
	expect(said({ type: 'cell-edited', cell: 'a', source: '2', viewer: 'v' })).toBe(null);
});
