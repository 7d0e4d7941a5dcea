import { expect, test } from 'vitest';
import {
	lastSection,
	lastVisited,
	progressWords,
	type ListedLesson,
	type Progress
} from './course';

const lesson = (slug: string, progress: Partial<Progress> | null): ListedLesson => ({
	ok: true,
	slug,
	number: 1,
	title: slug,
	summary: '',
	minutes: 5,
	cells: 4,
	headings: [
		{ id: 'one', text: 'One', cells: ['a', 'b'] },
		{ id: 'two', text: 'Two', cells: ['c', 'd'] }
	],
	progress: progress && { ran: 0, cells: 4, lastCell: null, at: 0, running: false, ...progress }
});

test('goes on where something runs, else where one was last', () => {
	const early = lesson('early', { at: 1 });
	const late = lesson('late', { at: 2 });
	const runs = lesson('runs', { at: 0, running: true });
	expect(lastVisited([early, late])?.slug).toBe('late');
	expect(lastVisited([early, late, runs])?.slug).toBe('runs');
	expect(lastVisited([lesson('new', null)])).toBe(null);
});

test('finds the section of the cell that was run last', () => {
	expect(lastSection(lesson('x', { lastCell: 'c' }))?.id).toBe('two');
	expect(lastSection(lesson('x', {}))).toBe(null);
});

test('says how far a lesson has come', () => {
	const all = [null, {}, { ran: 2 }, { ran: 4 }, { ran: 1, running: true }];
	expect(all.map((progress) => progressWords(lesson('x', progress)))).toEqual([
		'',
		'opened',
		'2 of 4 cells run',
		'all cells run',
		'running now'
	]);
});
