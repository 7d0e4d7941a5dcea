import { expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { findCell, newNotebook } from '$lib/notebook/notebook';
import { CHART_MIME } from '$lib/notebook/output';
import { cellAction } from './actions';
import { cellLabel, cellWords, kernelWords } from './words';

const LESSON: Event = {
	type: 'lesson-read',
	cells: ['a', 'b'].map((id) => ({ id, code: id }))
};
const READY: Event = {
	type: 'kernel-changed',
	kernel: { phase: 'ready', stage: null, generation: 0, problem: null, since: 0 }
};
const queue = (cell: string): Event => ({
	type: 'execution-queued',
	execution: `run-${cell}`,
	cell,
	source: cell,
	at: 1
});
const start = (cell: string): Event => ({
	type: 'execution-started',
	execution: `run-${cell}`,
	at: 2
});
const finish: Event = { type: 'execution-finished', execution: 'run-a', outcome: 'ok', at: 3 };
const chart = (state: string): Event => ({
	type: 'output-added',
	execution: 'run-a',
	output: {
		type: 'display',
		data: { [CHART_MIME]: { chart: 'c', state, progress: { step: 3, total: 9 } } },
		metadata: {},
		displayId: 'c'
	}
});
const aside: Event = { type: 'execution-set-beside', execution: 'run-b' };
const pausing: Event = { type: 'execution-pausing', execution: 'run-a' };

function seen(id: string, ...events: readonly Event[]) {
	const notebook = [LESSON, READY, ...events].reduce(
		(now, event) => apply(now, { seq: now.seq + 1, event }),
		newNotebook('x')
	);
	const cell = findCell(notebook, id) ?? expect.fail(id);
	return {
		button: cellAction(notebook, cell, cell.source)?.text ?? null,
		words: cellWords(notebook, cell, false).text,
		label: cellLabel(notebook, cell),
		python: kernelWords(notebook, { type: 'connected' }, 0).text
	};
}

const training = [queue('a'), start('a'), chart('running')];

test('a training can be paused, once', () => {
	expect(seen('a', ...training)).toMatchObject({ button: 'Pause', words: 'Running' });
	expect(seen('a', ...training, pausing)).toMatchObject({
		button: 'Pausing…',
		words: 'Pausing after this step…'
	});
});

test.each(['paused', 'stopped', 'running'])('one that ended as %s can go on', (state) => {
	expect(seen('a', queue('a'), start('a'), chart(state), finish).button).toBe('Go on');
});

test('one that finished cannot, nor one whose text has changed', () => {
	expect(seen('a', queue('a'), start('a'), chart('finished'), finish).button).toBeNull();
	const edit: Event = { type: 'cell-edited', cell: 'a', source: 'new', viewer: 'v' };
	expect(seen('a', queue('a'), start('a'), chart('paused'), finish, edit).button).toBeNull();
});

test('where it was paused is said', () => {
	expect(seen('a', queue('a'), start('a'), chart('paused'), finish)).toMatchObject({
		words: 'Paused at step 3 of 9',
		label: 'Code cell 1, paused at step 3 of 9, output below'
	});
});

test('a cell that waits may run beside what runs, and says so when it does', () => {
	expect(seen('b', queue('a'), start('a'), queue('b')).button).toBe('Run beside cell 1');
	expect(seen('b', ...training, queue('b'))).toMatchObject({
		button: 'Run beside the training',
		words: 'Next to run'
	});
	expect(seen('b', ...training, queue('b'), aside)).toMatchObject({
		button: null,
		words: 'Next to run, beside the others'
	});
	expect(seen('b', ...training, queue('b'), aside, start('b'))).toMatchObject({
		button: null,
		words: 'Beside cell 1: running',
		label: 'Code cell 2, running',
		python: 'Running cell 1 and cell 2'
	});
});

test('nothing runs beside a cell that asks something', () => {
	const output = { type: 'input', prompt: '?', password: false, answer: null } as const;
	const asking: Event = { type: 'output-added', execution: 'run-a', output };
	expect(seen('b', queue('a'), start('a'), asking, queue('b')).button).toBeNull();
});
