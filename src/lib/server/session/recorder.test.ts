import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Entry, Event } from '$lib/notebook/event';
import { findCell } from '$lib/notebook/notebook';
import { TAIL } from '$lib/notebook/screen';
import type { Problem } from '$lib/notebook/problem';
import { DatabaseRefused, openDatabase, type Db } from '../db/client';
import * as schema from '../db/schema';
import { openJournal } from '../journal';
import type { KernelMessage } from '../jupyter/port';
import { JournalFailure, type Journal } from './journal';
import { Recorder } from './recorder';
import { openTexts } from './texts';

// Real SQLite, real files: what is under test is what survives.

let folder: string;
let db: Db;
let opened: Recorder[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-recorder-'));
	db = openDatabase(join(folder, 'test.db'), 'drizzle');
	db.insert(schema.session)
		.values({ id: 's', learner: 'me', lesson: '01-a', createdAt: 0, openedAt: 0 })
		.run();
});

afterEach(async () => {
	await Promise.all(opened.map((recorder) => recorder.settled()));
	opened = [];
	db.$client.close();
	rmSync(folder, { recursive: true });
});

const LESSON: Event = { type: 'lesson-read', cells: [{ id: 'one', code: '1' }] };
const QUEUED: Event = {
	type: 'execution-queued',
	execution: 'one.a',
	cell: 'one',
	source: '1',
	at: 1
};
const busy: KernelMessage = { type: 'busy', execution: 'one.a' };
const idle: KernelMessage = { type: 'idle', execution: 'one.a' };

function print(text: string): KernelMessage {
	return { type: 'stream', execution: 'one.a', name: 'stdout', text };
}

function open(changed: Partial<Journal> = {}) {
	const saved: Entry[] = [];
	const troubles: (Problem | null)[] = [];
	const recorder = new Recorder({
		journal: { ...openJournal(db, 's', '01-a'), ...changed },
		texts: openTexts(join(folder, 'texts')),
		now: () => 5,
		onsaved: (entries) => saved.push(...entries),
		ontrouble: (problem) => troubles.push(problem)
	});
	opened.push(recorder);
	return { recorder, saved, troubles };
}

function fullText(key = 0): string {
	return readFileSync(join(folder, 'texts', 'one', `one.a-${key}.txt`), 'utf8');
}

describe('what is kept', () => {
	test('a notebook loaded again is the same, and its numbers go on', () => {
		const { recorder, saved } = open();
		recorder.add([LESSON, QUEUED]);
		recorder.message(busy, 1);
		recorder.message(print('a\n'), 2);
		recorder.flush();
		recorder.message(print('b\r'), 3);
		recorder.message(print('c'), 4);
		recorder.message(idle, 5);
		recorder.flush();

		const again = open().recorder;
		expect(again.saved).toEqual(recorder.saved);
		expect(again.mark).toEqual({ kernel: null, tape: 5 });
		expect(saved.map((entry) => entry.seq)).toEqual(saved.map((_, index) => index + 1));
		expect(fullText()).toBe('a\nb\rc');
	});

	test('snapshots change nothing', () => {
		const { recorder } = open();
		recorder.add([LESSON]);
		for (let n = 0; n < 1200; n += 1) {
			recorder.add([{ type: 'cell-edited', cell: 'one', source: String(n), viewer: 'v' }]);
			recorder.flush();
		}
		expect(db.select().from(schema.snapshot).all()).toHaveLength(1);
		expect(open().recorder.saved).toEqual(recorder.saved);
	});

	test('a flood is folded into few entries, and the file has all of it', () => {
		const { recorder, saved } = open();
		recorder.add([LESSON, QUEUED]);
		recorder.message(busy, 1);
		const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}\n`);
		lines.forEach((line, n) => recorder.message(print(line), n + 2));
		recorder.flush();
		expect(saved.length).toBeLessThan(10);
		expect(fullText()).toBe(lines.join(''));
		const output = findCell(recorder.saved, 'one')?.outputs[0];
		expect(output?.type === 'stream' && output.screen.tail.length).toBe(TAIL);
	});

	test('a message told twice after a crash writes the same text', () => {
		const first = open().recorder;
		first.add([LESSON, QUEUED]);
		first.message(busy, 1);
		first.flush();
		const file = openTexts(join(folder, 'texts'));
		// The text reached the file, the entry did not reach the journal: as after kill -9.
		file.write({ execution: 'one.a', key: 0, offset: 0, text: 'half of it' });
		const second = open().recorder;
		second.message(print('half of it and the rest'), 2);
		second.flush();
		expect(fullText()).toBe('half of it and the rest');
	});
});

describe('trouble', () => {
	test('a full disk loses nothing: the batch is saved once there is room', async () => {
		vi.useFakeTimers();
		const { recorder, saved, troubles } = open();
		recorder.add([LESSON]);
		recorder.flush();
		const pages = Number(db.$client.pragma('page_count', { simple: true }));
		db.$client.pragma(`max_page_count = ${pages}`);
		recorder.add([{ type: 'cell-edited', cell: 'one', source: 'x'.repeat(100_000), viewer: 'v' }]);
		expect(recorder.flush()).toEqual({ code: 'disk-full' });
		expect(saved).toHaveLength(1);
		expect(recorder.saved.seq).toBe(1);

		db.$client.pragma('max_page_count = 1000000');
		vi.advanceTimersByTime(1100);
		vi.useRealTimers();
		await recorder.settled();
		expect(troubles).toEqual([{ code: 'disk-full' }, null]);
		expect(saved.map((entry) => entry.seq)).toEqual([1, 2]);
		expect(open().recorder.saved).toEqual(recorder.saved);
	});

	test('what cannot be put on the disk is told to whoever asks, and tried again', async () => {
		vi.useFakeTimers();
		const answers = [Promise.reject(new JournalFailure(false, 'EIO')), Promise.resolve()];
		const { recorder, saved, troubles } = open({ settle: () => answers.shift() ?? expect.fail() });
		recorder.add([LESSON]);
		expect(recorder.flush()).toBeNull();
		expect(saved).toHaveLength(1);
		const problem = { code: 'journal-failed', detail: { reason: 'EIO' } };
		expect(await recorder.settled()).toEqual(problem);
		expect(troubles).toEqual([problem]);

		vi.advanceTimersByTime(1100);
		vi.useRealTimers();
		expect(await recorder.settled()).toBeNull();
		expect(troubles).toEqual([problem, null]);
		expect(answers).toHaveLength(0);
	});

	test('a damaged database is refused and left as it is', () => {
		const file = join(folder, 'damaged.db');
		writeFileSync(file, 'this is not a database, but somebody’s work may be in it'.repeat(100));
		const before = readFileSync(file);
		expect(() => openDatabase(file, 'drizzle')).toThrow(DatabaseRefused);
		expect(readFileSync(file)).toEqual(before);
	});
});

describe('a failure that only the reply tells', () => {
	const failure = { execution: 'one.a', name: 'ExceptionGroup', message: 'm', traceback: ['T'] };
	const replied: KernelMessage = { type: 'replied', outcome: 'error', ...failure };
	const error: KernelMessage = { type: 'error', ...failure };
	const aborted: KernelMessage = { type: 'replied', outcome: 'aborted', ...failure };
	const stopped: KernelMessage = { ...replied, name: 'KeyboardInterrupt' };
	const NEXT: readonly Event[] = [
		{ type: 'lesson-read', cells: ['one', 'two'].map((id) => ({ id, code: '1' })) },
		QUEUED,
		{ type: 'execution-queued', execution: 'two.a', cell: 'two', source: '1', at: 2 }
	];

	test.each<[string, readonly KernelMessage[], string, number]>([
		['before the end', [busy, replied, idle], 'error', 1],
		['after the end', [busy, idle, replied], 'error', 1],
		['ahead of the error', [busy, replied, error, idle], 'error', 1],
		['between the error and the end', [busy, error, replied, idle], 'error', 1],
		['after the error and the end', [busy, error, idle, replied], 'error', 1],
		['of a cell that was stopped', [busy, idle, stopped], 'interrupted', 1],
		['of a cell that was never run', [busy, idle, aborted], 'aborted', 0],
		['of a cell that was never run, first', [busy, aborted, idle], 'aborted', 0]
	])('%s', (_, messages, outcome, errors) => {
		const { recorder } = open();
		recorder.add(NEXT);
		messages.forEach((message, n) => recorder.message(message, n + 1));
		const cell = findCell(recorder.draft, 'one');
		expect(cell?.run?.outcome).toBe(outcome);
		expect(cell?.outputs.map(({ type }) => type)).toEqual(Array(errors).fill('error'));
		// What was to come after it does not run.
		if (outcome !== 'aborted')
			expect(findCell(recorder.draft, 'two')?.run?.outcome).toBe('aborted');
	});
});
