import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Entry, Event } from '$lib/notebook/event';
import { chartRows } from '$lib/notebook/notebook';
import type { Output } from '$lib/notebook/output';
import type { Screen } from '$lib/notebook/screen';
import { openDatabase, type Db } from '../db/client';
import * as schema from '../db/schema';
import type { KernelMessage } from '../jupyter/port';
import { translate } from '../jupyter/translate';
import { openJournal } from '../journal';
import { FRAMES_LIMIT, MESSAGE_LIMIT, OUTPUTS_LIMIT, ROWS_LIMIT, sizeOf } from './bounds';
import { EntryRefused, type Journal } from './journal';
import { Recorder } from './recorder';
import { notebookText } from './served';
import { forgetSuspects, openSuspects } from './suspects';
import { openTexts, type Texts } from './texts';

// Real SQLite, real files. No message may end more than itself, whatever is in it.

let folder: string;
let db: Db;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-poison-'));
	db = openDatabase(join(folder, 'test.db'), 'drizzle');
	db.insert(schema.session)
		.values({ id: 's', learner: 'me', lesson: '01-a', createdAt: 0, openedAt: 0 })
		.run();
	vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
	vi.restoreAllMocks();
	db.$client.close();
	rmSync(folder, { recursive: true });
});

const execution = 'one.a';
const BEGIN: readonly Event[] = [
	{ type: 'lesson-read', cells: [{ id: 'one', code: '1' }] },
	{ type: 'execution-queued', execution, cell: 'one', source: '1', at: 1 },
	{ type: 'execution-started', execution, at: 2 }
];

/** @param now throws or ends the process where a message is recorded */
function open(changed: Partial<Journal> = {}, texts: Partial<Texts> = {}, now = () => 5) {
	const saved: Entry[] = [];
	const recorder = new Recorder({
		journal: { ...openJournal(db, 's', '01-a'), ...changed },
		texts: { ...openTexts(join(folder, 'texts')), ...texts },
		now,
		onsaved: (entries) => saved.push(...entries),
		ontrouble: () => undefined
	});
	if (recorder.saved.seq === 0) recorder.add(BEGIN);
	return { recorder, saved };
}

function outputs(recorder: Recorder): readonly Output[] {
	recorder.flush();
	const [cell] = recorder.saved.cells;
	// What was saved is what is there after the next start, too.
	expect(open().recorder.saved).toEqual(recorder.saved);
	return cell?.outputs ?? [];
}

function words(recorder: Recorder): string {
	return outputs(recorder)
		.map((output) => ('data' in output ? String(output.data['text/plain']) : output.type))
		.join('\n');
}

function said(type: string, content: object, parent = execution): KernelMessage {
	const raw = { type, parent, parentType: 'execute_request', beside: false, tape: 1 };
	// As it comes over the wire: `JSON.parse` makes own keys of such names.
	const message = translate({ ...raw, content: JSON.parse(JSON.stringify(content)) as object });
	return message ?? expect.fail('no message');
}

const print = (text: string) => said('stream', { name: 'stdout', text });
const show = (data: object) => said('display_data', { data });
const metrics = (chart: string, rows: unknown) =>
	show({ 'application/vnd.tuningfork.metrics.v1+json': { chart, rows } });
const named = (text: string) => JSON.parse(text.replaceAll('PROTO', '__proto__')) as object;

describe('a message that cannot be taken', () => {
	const fault = () => {
		throw new RangeError('Invalid string length');
	};

	test('gives its place to words, and the mark moves on', () => {
		let isPoisoned = false;
		const { recorder } = open({}, {}, () => (isPoisoned ? fault() : 5));
		recorder.message(print('before\n'), 1);
		isPoisoned = true;
		recorder.message(show({ 'text/plain': 'too much' }), 2);
		recorder.message(show({ 'text/plain': 'too much' }), 3);
		isPoisoned = false;
		recorder.message(show({ 'text/plain': 'after' }), 4);
		expect(words(recorder)).toMatch(
			/^stream\nThis output could not be recorded\. \(output-not-recorded\).*RangeError.*\nafter$/
		);
		expect(recorder.mark.tape).toBe(4);
		expect(open().recorder.mark.tape).toBe(4);
	});

	test('is told in the log a few times, not for each', () => {
		const { recorder } = open({}, {}, fault);
		for (let tape = 1; tape <= 1000; tape += 1) recorder.message(show({}), tape);
		expect(vi.mocked(console.error).mock.calls.length).toBeLessThan(10);
		expect(outputs(recorder)).toHaveLength(1);
	});

	test('among others of a stream leaves these as they are', () => {
		const { recorder } = open();
		// A text that is no text cannot be joined: it stands for whatever may go wrong.
		const odd = { ...print(''), text: Symbol('odd') as unknown as string };
		[print('a\n'), odd, print('b\n')].forEach((message, tape) =>
			recorder.message(message, tape + 1)
		);
		const [first, notice, last] = outputs(recorder);
		expect([first, last]).toMatchObject([
			{ type: 'stream', screen: { head: ['a', ''] } },
			{ type: 'stream', screen: { head: ['b', ''] } }
		]);
		expect(notice).toMatchObject({ type: 'display' });
	});

	test('that says that a cell has ended leaves no cell that never ends', () => {
		let isPoisoned = false;
		const { recorder } = open({}, {}, () => (isPoisoned ? fault() : 5));
		isPoisoned = true;
		recorder.message({ type: 'idle', execution }, 1);
		recorder.flush();
		expect(recorder.saved.cells[0]?.run?.outcome).toBe('error');
	});

	test('and files of an earlier run that cannot be removed hold nothing up', () => {
		const { recorder } = open({}, { keepOnly: fault });
		recorder.message(show({ 'text/plain': 'shown' }), 1);
		expect(words(recorder)).toBe('shown');
	});
});

describe('a journal', () => {
	test('that refuses an entry for good gets words in its place, once, and goes on', () => {
		const real = openJournal(db, 's', '01-a');
		const refuse: Journal['write'] = (entries, notebook, mark) => {
			const bad = entries.find(({ event }) => JSON.stringify(event).includes('poison'));
			if (bad) throw new EntryRefused(bad.seq, 'it is too long');
			real.write(entries, notebook, mark);
		};
		const { recorder, saved } = open({ load: () => real.load(), write: refuse });
		recorder.message(show({ 'text/plain': 'a' }), 1);
		recorder.message(show({ 'text/plain': 'poison' }), 2);
		recorder.message(show({ 'text/plain': 'b' }), 3);
		expect(words(recorder)).toMatch(/^a\nThis output could not be recorded.*too long.*\nb$/);
		expect(recorder.trouble).toBeNull();
		expect(saved.map(({ seq }) => seq)).toEqual(saved.map((_, index) => index + 1));
	});

	test('says which entry can never be written', () => {
		const real = openJournal(db, 's', '01-a');
		const { notebook, mark } = real.load();
		const endless: Record<string, unknown> = {};
		endless['self'] = endless;
		const output = { type: 'display', data: endless, metadata: {}, displayId: null } as const;
		const entries = [{ seq: 1, event: { type: 'output-added', execution, output } as const }];
		expect(() => real.write(entries, notebook, mark)).toThrow(EntryRefused);
	});

	test('with entries that cannot be understood is shown without them, and says so', () => {
		const { recorder } = open();
		recorder.message(show({ 'text/plain': 'kept' }), 1);
		recorder.flush();
		const { seq } = recorder.saved;
		const bodies = [
			'this is no JSON',
			'{"type":"from-another-version","execution":"one.a"}',
			'{"type":"output-added","execution":"one.a","output":null}',
			'{"type":"cell-edited","cell":"one","source":"still","viewer":"v"}'
		];
		bodies.forEach((body, index) => {
			db.insert(schema.event)
				.values({ session: 's', seq: seq + index + 1, at: 0, body })
				.run();
		});
		const again = open().recorder;
		expect(again.lost).toBe(1);
		expect(again.saved).toMatchObject({ seq: seq + 4, cells: [{ source: 'still' }] });
		again.add([{ type: 'cell-edited', cell: 'one', source: 'more', viewer: 'v' }]);
		expect(again.flush()).toBeNull();
		expect(openJournal(db, 's', '01-a').after(seq, 100)).toHaveLength(5);
	});

	test('with a snapshot that is damaged is read from its beginning', () => {
		const { recorder } = open();
		recorder.flush();
		db.insert(schema.snapshot).values({ session: 's', seq: 2, body: '{"cells":3}' }).run();
		expect(open().recorder.saved).toEqual(recorder.saved);
	});

	test('that is old and has names which the page cannot take is read with others', () => {
		const { recorder } = open();
		recorder.flush();
		const output = `{"type":"display","data":{"application/json":{"__proto__":{"a":1}}},"metadata":{"__proto__":1},"displayId":null}`;
		const body = `{"type":"output-added","execution":"one.a","output":${output}}`;
		const { seq } = recorder.saved;
		db.insert(schema.event)
			.values({ session: 's', seq: seq + 1, at: 0, body })
			.run();
		expect(notebookText(open().recorder.saved)).not.toContain('"__proto__"');
	});
});

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

describe('a message that ends the process', () => {
	test('is set aside by the third one', () => {
		const program = join(import.meta.dirname, 'poison.process.mjs');
		const run = () => {
			const { status, stdout, stderr } = spawnSync(process.execPath, [program, folder], {
				encoding: 'utf8',
				timeout: 60_000
			});
			return { status, stdout: stdout || stderr };
		};
		expect(run()).toMatchObject({
			status: 13,
			stdout: expect.stringMatching(/^1 2 3 $/) as string
		});
		expect(run()).toMatchObject({
			status: 13,
			stdout: expect.stringMatching(/^1 2 3 $/) as string
		});
		expect(run()).toMatchObject({
			status: 13,
			stdout: expect.stringMatching(/^1 2 3 $/) as string
		});
		const last = run();
		expect(last.stdout).toMatch(/^1 2 3 4 /);
		expect(last.stdout).toMatch(/one.*This output could not be recorded.*three/s);
		expect(last.status).toBe(0);
		// It ended in order: nobody is suspected any more.
		expect(openSuspects(folder)).toBeNull();
	}, 120_000);

	test('one that was just being recorded when the process was killed is recorded all the same', () => {
		expect(openSuspects(folder)).toBeNull();
		const second = openSuspects(folder);
		expect(second?.begin('k', 7)).toBe('go');
		const third = openSuspects(folder);
		expect(third?.begin('k', 6)).toBe('go');
		third?.done();
		expect(third?.begin('k', 7)).toBe('go');
		const fourth = openSuspects(folder);
		expect(fourth?.begin('other', 7)).toBe('go');
		fourth?.done();
		expect(fourth?.begin('k', 7)).toBe('aside');
		fourth?.done();
		forgetSuspects(folder);
		expect(openSuspects(folder)).toBeNull();
	});

	test('nothing is written down when a minute has passed', () => {
		let now = 0;
		openSuspects(folder);
		const suspects = openSuspects(folder, () => now);
		suspects?.begin('k', 1);
		now = 61_000;
		suspects?.begin('k', 2);
		expect(readFileSync(join(folder, 'recording.json'), 'utf8')).toBe('[]');
	});
});
