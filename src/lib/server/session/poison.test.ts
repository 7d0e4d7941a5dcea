import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import * as schema from '../db/schema';
import { openJournal } from '../journal';
import { EntryRefused, type Journal } from './journal';
import { db, execution, folder, open, outputs, print, show, words } from './poison-rig';
import { notebookText } from './served';
import { forgetSuspects, openSuspects } from './suspects';

// No message may end more than itself, whatever is in it.

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
		expect(again.lost).toBe(2);
		expect(again.saved).toMatchObject({ seq: seq + 4, cells: [{ source: 'still' }] });
		again.add([{ type: 'cell-edited', cell: 'one', source: 'more', viewer: 'v' }]);
		expect(again.flush()).toBeNull();
		expect(openJournal(db, 's', '01-a').after(seq, 100)).toHaveLength(5);
	});

	test('whose newer entries are too much for one answer gives none of them', () => {
		const { recorder } = open();
		recorder.flush();
		const { seq } = recorder.saved;
		const journal = openJournal(db, 's', '01-a');
		const source = 'x'.repeat(33_000_000);
		const body = JSON.stringify({ type: 'cell-edited', cell: 'one', source, viewer: 'v' });
		const write = (number: number) =>
			db.insert(schema.event).values({ session: 's', seq: number, at: 0, body }).run();
		write(seq + 1);
		expect(journal.after(seq, 100)).toHaveLength(1);
		write(seq + 2);
		expect(journal.after(seq, 100)).toBeNull();
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

	test('an end at another message makes none of the suspects forgotten', () => {
		openSuspects(folder);
		for (const tape of [7, 6, 7]) expect(openSuspects(folder)?.begin('k', tape)).toBe('go');
		expect(openSuspects(folder)?.begin('k', 7)).toBe('aside');
	});

	test('a print is taken while it is suspected, and not some time after that', () => {
		const shown: (string | undefined)[] = [];
		const done = () => shown.push(recorder.draft.cells[0]?.outputs.at(-1)?.type);
		const { recorder } = open({}, {}, undefined, { begin: () => 'go', done });
		recorder.message(print('a'), 1);
		expect(shown).toEqual(['stream']);
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
