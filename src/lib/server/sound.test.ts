import { expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import { newCell } from '$lib/notebook/cell';
import { newNotebook } from '$lib/notebook/notebook';
import { EMPTY_SCREEN } from '$lib/notebook/screen';
import { soundEvent, soundNotebook } from './sound';

const execution = 'one.a';
const display = {
	type: 'display' as const,
	data: { 'text/plain': 'x' },
	metadata: {},
	displayId: null
};

test.each([
	['nothing', null],
	['a text', 'cell-edited'],
	['no type', { cell: 'one' }],
	['an output that is none', { type: 'output-added', execution, output: null }],
	['one of a type that is none', { type: 'output-added', execution, output: { type: 'film' } }],
	['a display without data', { type: 'output-added', execution, output: { type: 'display' } }],
	['a stream without screen', { type: 'output-added', execution, output: { type: 'stream' } }],
	[
		'an error without traceback',
		{ type: 'output-added', execution, output: { type: 'error', name: 'E', message: 'm' } }
	],
	['an edit without text', { type: 'cell-edited', cell: 'one', source: null, viewer: 'v' }],
	['a kernel that is none', { type: 'kernel-changed' }],
	['a kernel in no phase', { type: 'kernel-changed', kernel: { phase: 'x', generation: 1 } }],
	['a lesson of nothing', { type: 'lesson-read', cells: null }],
	['a patch without lines', { type: 'stream-written', execution, name: 'stdout', patch: {} }],
	['rows that are none', { type: 'metrics-appended', chart: 'c', rows: [null] }]
])('%s is no event', (_, value) => {
	expect(soundEvent(value)).toBeNull();
});

test('what this program writes is taken as it is', () => {
	const events = [
		{ type: 'lesson-read', cells: [{ id: 'one', code: '1' }] },
		{ type: 'execution-queued', execution, cell: 'one', source: '1', at: 1 },
		{ type: 'execution-started', execution, at: 2 },
		{ type: 'output-added', execution, output: display },
		{ type: 'metrics-appended', chart: 'c', rows: [{ step: 1 }] },
		{ type: 'outputs-cleared', execution, wait: true },
		{ type: 'kernel-changed', kernel: newNotebook('a').kernel }
	] as const;
	let notebook = newNotebook('a');
	events.forEach((event, index) => {
		expect(soundEvent(event)).toBe(event);
		notebook = apply(notebook, { seq: index + 1, event });
	});
	expect(soundNotebook(JSON.parse(JSON.stringify(notebook)))).toEqual(notebook);
});

test('a notebook keeps what a page can show, and words for the rest', () => {
	const good = { ...display, key: 0 };
	const stream = { type: 'stream', name: 'stdout', screen: EMPTY_SCREEN, key: 3 };
	const cells = [
		{ ...newCell('one', 'lesson', '1'), outputs: [good, null, { type: 'error', key: 2 }, stream] },
		{ id: 'two', source: 'kept', outputs: 'none' },
		{ source: 'without a name' },
		null
	];
	const damaged = {
		...newNotebook('a'),
		cells,
		deleted: [7],
		charts: { c: 1, d: [{}] },
		kernel: 1
	};
	const sound = soundNotebook(damaged);
	expect(sound?.cells.map(({ id }) => id)).toEqual(['one', 'two']);
	const [one, two] = sound?.cells ?? [];
	expect(one?.outputs[0]).toEqual(good);
	expect(one?.outputs[1]).toMatchObject({ type: 'display', key: 1 });
	expect(JSON.stringify(one?.outputs[2])).toContain('was damaged');
	expect(one?.outputs[3]).toEqual(stream);
	expect(two).toMatchObject({ source: 'kept', outputs: [] });
	expect(sound).toMatchObject({ deleted: [], charts: { d: [{}] }, kernel: { phase: 'off' } });
	expect(soundNotebook({ ...damaged, seq: 'x' })).toBeNull();
	expect(soundNotebook({ ...damaged, cells: 3 })).toBeNull();
});
