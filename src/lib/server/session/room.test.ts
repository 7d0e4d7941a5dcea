import { describe, expect, test } from 'vitest';
import { newCell, type Cell, type Run } from '$lib/notebook/cell';
import type { MetricRow } from '$lib/notebook/metric';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import type { NewOutput } from '$lib/notebook/output';
import {
	admitted,
	CELL_LIMIT,
	fitsUpdate,
	LESSON_LIMIT,
	OUTPUTS_LIMIT,
	roomFor,
	wordsOutput
} from './bounds';

// The bounds of a whole lesson, without a recorder: one text stands for all, so nothing is really large.

const LARGE = 'x'.repeat(15_000_000);
const RUN: Omit<Run, 'execution'> = {
	source: '',
	generation: 0,
	count: null,
	queuedAt: 0,
	startedAt: 0,
	finishedAt: null,
	outcome: null
};

function cell(id: string, texts: readonly string[]): Cell {
	const outputs = texts.map((text, key) => ({ ...wordsOutput(text), displayId: 'd', key }));
	return { ...newCell(id, 'lesson', ''), run: { ...RUN, execution: `${id}.x` }, outputs };
}

function lesson(cells: readonly Cell[], deleted: readonly Cell[] = []): Notebook {
	return { ...newNotebook('a'), cells, deleted };
}

const three = (id: string) => cell(id, [LARGE, LARGE, LARGE]);
const said = (output: NewOutput | null) =>
	output && 'data' in output ? output.data['text/plain'] : null;

describe('all outputs of a lesson', () => {
	const full = ['a', 'b', 'c', 'd'].map(three);
	const more = wordsOutput(LARGE);

	test('have a bound, which deleted cells count towards', () => {
		const empty = cell('z', []);
		expect(admitted(lesson([...full.slice(1), empty]), 'z.x', more)).toBe(more);
		expect(said(admitted(lesson([...full, empty]), 'z.x', more))).toMatch(
			`All outputs of this lesson hold ${LESSON_LIMIT / 1e6} million letters`
		);
		expect(admitted(lesson([empty], full), 'z.x', more)).not.toBe(more);
	});

	test('leave room for an error, but not for errors without end', () => {
		const error = { type: 'error', name: 'E', message: 'why', traceback: [] } as const;
		expect(admitted(lesson([...full, cell('z', [])]), 'z.x', error)).toBe(error);
		const many = (count: number) =>
			lesson([
				cell(
					'z',
					Array.from({ length: count }, (_, n) => `${n}`)
				)
			]);
		expect(admitted(many(OUTPUTS_LIMIT), 'z.x', error)).toBe(error);
		expect(admitted(many(OUTPUTS_LIMIT + 100), 'z.x', error)).not.toBe(error);
	});

	test('are not passed by an update either, in one place or in many', () => {
		expect(fitsUpdate(lesson([cell('z', ['a'])]), 'd', 15e6)).toBe(true);
		const over = ['a', 'b', 'c', 'd', 'e'].map(three);
		expect(fitsUpdate(lesson([cell('z', ['a'])], over), 'd', 15e6)).toBe(false);
		const places = cell(
			'z',
			Array.from({ length: 10 }, () => 'a')
		);
		expect(fitsUpdate(lesson([places]), 'd', CELL_LIMIT / 11)).toBe(true);
		expect(fitsUpdate(lesson([places]), 'd', CELL_LIMIT / 9)).toBe(false);
	});
});

test('the rows of all charts have a bound in letters', () => {
	const row = Object.fromEntries(
		Array.from({ length: 100 }, (_, n) => [`f${n}`, 'x'.repeat(100)])
	) as MetricRow;
	const rows = (count: number) => Array.from({ length: count }, () => row);
	const notebook = { ...newNotebook('a'), charts: { a: rows(2000), b: rows(2000) } };
	expect(roomFor(notebook, 'c', rows(10))).toBe(10);
	expect(roomFor(notebook, 'c', rows(2000))).toBe(0);
});
