import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { safeJson } from '$lib/notebook/foreign';
import { chartRows } from '$lib/notebook/notebook';
import type { Screen } from '$lib/notebook/screen';
import { translate } from '../jupyter/translate';
import { openJournal } from '../journal';
import { FRAMES_LIMIT, MESSAGE_LIMIT, OUTPUTS_LIMIT, ROWS_LIMIT, sizeOf } from './bounds';
import {
	db,
	execution,
	folder,
	metrics,
	named,
	open,
	outputs,
	print,
	said,
	show,
	words
} from './poison-rig';
import { notebookText } from './served';

describe('names from outside', () => {
	test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then'])(
		'"%s" is a name like any other',
		(name) => {
			const { recorder } = open();
			recorder.message(metrics(name, [{ [name]: 1, step: 1 }, named('{"PROTO": 2}')]), 1);
			recorder.message(metrics(name, [{ step: 2 }]), 2);
			recorder.message(show({ [name]: 'x', 'text/plain': 'shown' }), 3);
			recorder.message(
				show(named('{"application/json": {"PROTO": {"PROTO": [1]}}, "PROTO": 1}')),
				4
			);
			expect(outputs(recorder)).toHaveLength(2);
			expect(chartRows(recorder.saved.charts, name)).toHaveLength(3);
			const text = notebookText(recorder.saved);
			expect(text).not.toContain('"__proto__"');
			expect(JSON.parse(text)).toEqual(recorder.saved);
			expect(({} as Record<string, unknown>)['a']).toBeUndefined();
		}
	);

	test('an object that cannot be made a number or a text is none', () => {
		const odd = { toString: 1, valueOf: 1, toJSON: 1 };
		const chart = { chart: 'c', state: 'running', progress: { step: odd, total: odd } };
		const { recorder } = open();
		recorder.message(show({ 'application/vnd.tuningfork.chart.v1+json': chart }), 1);
		recorder.message(metrics('c', [odd, { loss: odd, step: 1 }, null, 7]), 2);
		recorder.message(said('error', { ename: odd, evalue: odd, traceback: [odd, 'x'] }), 3);
		recorder.message(said('status', { execution_state: 'idle' }), 4);
		expect(outputs(recorder).map(({ type }) => type)).toEqual(['display', 'error']);
	});

	test('half of a pair of surrogates harms nothing', () => {
		const half = String.fromCharCode(0xd83d);
		const { recorder } = open();
		recorder.message(print(`a${half}\n`), 1);
		recorder.message(show({ 'text/plain': half, [half]: half }), 2);
		recorder.message(said('error', { ename: half, evalue: half, traceback: [half] }), 3);
		expect(JSON.stringify(outputs(recorder))).not.toMatch(/\\ud83d/i);
		expect(readFileSync(join(folder, 'texts/one/one.a-0.txt'), 'utf8')).toBe('a\ufffd\n');
	});
});

describe('bounds that show themselves', () => {
	test('depth and number of values', () => {
		const deep: unknown = JSON.parse(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`);
		const content = { data: { 'application/json': deep } };
		const raw = { type: 'display_data', parent: execution, parentType: 'execute_request' };
		const message = translate({ ...raw, beside: false, tape: 1, content });
		const { recorder } = open();
		if (message) recorder.message(message, 1);
		recorder.message(show({ 'application/json': Array.from({ length: 1_100_000 }, () => 1) }), 2);
		recorder.message(
			show(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x/${n}`, n]))),
			3
		);
		const [first, second, third] = outputs(recorder);
		expect(JSON.stringify(first)).toContain('levels deep');
		expect(JSON.stringify(second)).toContain('more than 1,000,000 values');
		expect(third && 'data' in third && Object.keys(third.data)).toHaveLength(50);
	});

	test('values in all of an object together', () => {
		const values = Array.from({ length: 1_100_000 }, () => 1);
		const kept = safeJson({ values, more: 2, and: { more: 3 } }) as Record<string, unknown[]>;
		expect(Object.keys(kept)).toEqual(['values', '…']);
		expect(kept['values']?.length).toBeLessThan(1_000_001);
	});

	test('names that are all different are fewer than values', () => {
		const names = Object.fromEntries(Array.from({ length: 300_000 }, (_, at) => [`n${at}`, 1]));
		const kept = safeJson(names) as Record<string, unknown>;
		expect(Object.keys(kept).length).toBeLessThan(100_000);
		expect(Object.values(kept).at(-1)).toContain('more than');
		const rows = Array.from({ length: 100_000 }, (_, step) => ({ step, loss: 1, rate: 2 }));
		expect(safeJson(rows)).toEqual(rows);
	});

	test('outputs of a cell; the error that ends it is still shown', () => {
		const { recorder } = open();
		for (let n = 1; n <= OUTPUTS_LIMIT + 500; n += 1)
			recorder.message(show({ 'text/plain': `${n}` }), n);
		recorder.message(print('and more\n'), 9000);
		recorder.message(said('error', { ename: 'E', evalue: 'why', traceback: [] }), 9001);
		const all = outputs(recorder);
		expect(all).toHaveLength(OUTPUTS_LIMIT + 2);
		expect(JSON.stringify(all.at(-2))).toContain('cell-full');
		expect(all.at(-1)).toMatchObject({ type: 'error', message: 'why' });
	});

	test('letters of a cell, and updates of a display', () => {
		const { recorder } = open();
		const large = 'x'.repeat(15_000_000);
		for (let n = 1; n <= 6; n += 1) recorder.message(show({ 'text/plain': large }), n);
		expect(outputs(recorder)).toHaveLength(4);
		recorder.message({ type: 'cleared', execution, wait: false }, 7);
		const transient = { display_id: 'd' };
		recorder.message(said('display_data', { data: { 'text/plain': 'a' }, transient }), 8);
		const update = (text: string) =>
			said('update_display_data', { data: { 'text/plain': text }, transient });
		recorder.message(update('b'), 9);
		expect(words(recorder)).toBe('b');
		recorder.message(update('x'.repeat(17_000_000)), 10);
		expect(words(recorder)).toMatch(/holds 17 MB/);
		for (let n = 0; n < 100; n += 1)
			recorder.message(said('display_data', { data: { 'text/plain': 'a' }, transient }), 11 + n);
		recorder.message(update('x'.repeat(1_000_000)), 200);
		expect(sizeOf(outputs(recorder))).toBeLessThan(1_000_000);
	});

	test('rows of a chart, and what is in them', () => {
		const { recorder } = open();
		const row = Object.fromEntries(
			Array.from({ length: 300 }, (_, n) => [`f${n}`.repeat(n), 'x'.repeat(999)])
		);
		recorder.message(metrics('wide', [row]), 1);
		const [wide] = chartRows(recorder.draft.charts, 'wide');
		expect(sizeOf(wide)).toBeLessThan(50_000);
		const rows = Array.from({ length: ROWS_LIMIT + 5 }, (_, step) => ({ step }));
		recorder.message(metrics('long', rows), 2);
		recorder.message(metrics('long', rows.slice(0, 3)), 3);
		expect(chartRows(recorder.draft.charts, 'long')).toHaveLength(ROWS_LIMIT);
		for (let n = 0; n < 200; n += 1) recorder.message(metrics(`c${n}`, [{ step: 1 }]), n + 4);
		expect(Object.keys(recorder.draft.charts)).toHaveLength(100);
		expect(words(recorder)).toMatch(
			/chart “long” takes no more points.*chart “c98” takes no more/s
		);
	});

	test('an error; all of it is in a file', () => {
		const { recorder } = open();
		const frames = Array.from({ length: 3000 }, (_, n) => `frame ${n} ${'x'.repeat(n)}`);
		const evalue = 'm'.repeat(2_000_000);
		recorder.message(said('error', { ename: 'ValueError', evalue, traceback: frames }), 1);
		const [error] = outputs(recorder);
		if (error?.type !== 'error') return expect.fail('no error');
		expect(error.cut).toBe(true);
		expect(error.message).toMatch(/^m+… \(1,990,000 more letters\)$/);
		expect(error.message.length).toBeLessThan(MESSAGE_LIMIT + 50);
		expect(error.traceback).toHaveLength(FRAMES_LIMIT + 1);
		expect(error.traceback[20]).toBe('… (2900 more frames)');
		const file = readFileSync(join(folder, 'texts/one/one.a-0.txt'), 'utf8');
		expect([file.includes(frames[1500] ?? '?'), file.includes(evalue)]).toEqual([true, true]);
	});

	test('what is found too large for one text is served without it', () => {
		const { recorder } = open();
		recorder.message(show({ 'text/plain': 'kept' }), 1);
		recorder.message(show({ 'text/plain': 'lost' }), 2);
		const [cell] = recorder.draft.cells;
		const endless: Record<string, unknown> = {};
		endless['self'] = endless;
		const outputs = cell?.outputs.map((output, index) =>
			index === 1 && 'data' in output ? { ...output, data: endless } : output
		);
		const cells = cell && outputs ? [{ ...cell, outputs }] : [];
		const text = notebookText({ ...recorder.draft, cells, deleted: cells });
		expect(text).toMatch(/kept.*could not be recorded/);
	});

	test('a screen in the journal that holds more than screens do is still written to', () => {
		const { recorder } = open();
		recorder.message(print('a\n'), 1);
		recorder.flush();
		const screen = {
			cursor: { row: 9e9, column: 9e9, style: '', pending: 'x' }
		} as Partial<Screen>;
		const saved = openJournal(db, 's', '01-a').load().notebook;
		const [cell] = saved.cells;
		const [stream] = cell?.outputs ?? [];
		if (!cell || stream?.type !== 'stream') return expect.fail('no stream');
		const odd = { ...stream, screen: { ...stream.screen, ...screen } };
		const notebook = { ...saved, cells: [{ ...cell, outputs: [odd] }] };
		const again = open({ load: () => ({ notebook, mark: recorder.mark, lost: 0 }) }).recorder;
		again.message(print('b\u001b[K\n'), 2);
		again.flush();
		expect(JSON.stringify(again.saved).length).toBeLessThan(60_000);
	});
});
