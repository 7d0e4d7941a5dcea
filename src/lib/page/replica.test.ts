import { expect, test } from 'vitest';
import type { Entry } from '$lib/notebook/event';
import { newNotebook } from '$lib/notebook/notebook';
import { advance } from './replica';

const lesson: Entry = { seq: 1, event: { type: 'lesson-read', cells: [{ id: 'a', code: '1' }] } };
const edit = (seq: number, source: string): Entry => ({
	seq,
	event: { type: 'cell-edited', cell: 'a', source, viewer: 'v' }
});

test('takes entries in order and tells each step', () => {
	const { notebook, steps, gap } = advance(newNotebook('x'), [lesson, edit(2, '2'), edit(3, '3')]);
	expect([notebook.seq, notebook.cells[0]?.source, gap]).toEqual([3, '3', false]);
	expect(steps.map(({ after }) => after.cells[0]?.source)).toEqual(['1', '2', '3']);
});

test('passes over what it has', () => {
	const first = advance(newNotebook('x'), [lesson, edit(2, '2')]).notebook;
	const again = advance(first, [lesson, edit(2, 'other'), edit(3, '3')]);
	expect([again.notebook.cells[0]?.source, again.steps.length, again.gap]).toEqual(['3', 1, false]);
});

test('stops at a gap and says so', () => {
	const { notebook, gap } = advance(newNotebook('x'), [lesson, edit(3, '3')]);
	expect([notebook.seq, gap]).toEqual([1, true]);
});
