import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lesson } from '$lib/lesson/lesson';
import { status, type Cell } from '$lib/notebook/cell';
import { findCell, type Notebook } from '$lib/notebook/notebook';
import { EMPTY_SCREEN, HEAD, lineCount, TAIL, type Screen } from '$lib/notebook/screen';
import type { Command } from '$lib/protocol/command';
import { openDatabase, type Db } from '../db/client';
import * as schema from '../db/schema';
import { openJournal } from '../journal';
import { hostPlace } from '../jupyter/place';
import type { KernelHost } from '../jupyter/port';
import { createKernelHost } from '../jupyter/real';
import { Session } from './session';
import { createAdmission } from './starts';
import { openTexts } from './texts';

// The real host, a real kernel, real SQLite.

const CELLS: Readonly<Record<string, string>> = {
	one: 'x = 20\nprint("one")',
	two: 'x += 1\nx * 2',
	bad: '1 / 0',
	last: 'print("last")',
	loop: 'while True: pass',
	flood: 'while True: print("flood")',
	ask: 'print("hello", input("Name? "))',
	// What is printed in the last 50 ms before a SIGKILL is still in the process and dies with it.
	die: 'import os, signal, time; print("alive"); time.sleep(0.5); os.kill(os.getpid(), signal.SIGKILL)',
	huge: 'print((("x" * 99) + "\\n") * 500_000, end="")',
	asked: 'from tuningfork.request import asked_to_go_on as asked\nprint(asked())',
	brief: 'import time; time.sleep(0.5); print("brief")',
	slow: 'import time\nfor i in range(30):\n    print(i, flush=True)\n    time.sleep(0.1)'
};

const LESSON: Lesson = {
	slug: '01-test',
	number: 1,
	title: 'Test',
	summary: '',
	goal: '',
	minutes: 1,
	headings: [],
	cells: Object.entries(CELLS).map(([id, code]) => ({ id, code, line: 1 }))
};

let folder: string;
let db: Db;
let host: KernelHost;
let session: Session;
let commands = 0;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-session-'));
	host = createKernelHost(hostPlace({ root: process.cwd(), data: folder, env: {} }));
});

afterAll(async () => {
	await host.stop();
	rmSync(folder, { recursive: true });
});

beforeEach(async () => {
	db = openDatabase(join(folder, `${Date.now()}.db`), 'drizzle');
	const work = { id: 's', learner: 'me', lesson: '01-test', createdAt: 0, openedAt: 0 };
	db.insert(schema.session).values(work).run();
	session = openIt();
	session.open(LESSON);
	await until((notebook) => notebook.kernel.phase === 'ready');
});

afterEach(async () => {
	await session.close();
	db.$client.close();
});

function openIt(): Session {
	return new Session({
		journal: openJournal(db, 's', '01-test'),
		texts: openTexts(join(folder, 'texts')),
		host,
		admission: createAdmission(),
		learner: 'me',
		cwd: folder
	});
}

async function until(holds: (notebook: Notebook) => boolean, ms = 20_000): Promise<Notebook> {
	const end = Date.now() + ms;
	while (!holds(session.notebook)) {
		if (Date.now() > end) expect.fail(JSON.stringify(session.notebook).slice(0, 2000));
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	return session.notebook;
}

function send(command: Command) {
	commands += 1;
	return session.command({ id: `c${commands}`, viewer: 'v', command });
}

function run(...cells: readonly string[]) {
	return send({ type: 'run', cells: cells.map((cell) => ({ cell })) });
}

function cellNow(id: string): Cell {
	return findCell(session.notebook, id) ?? expect.fail(`no cell ${id}`);
}

const outcomes = (...ids: readonly string[]) => ids.map((id) => cellNow(id).run?.outcome);

const done = (id: string) => () => cellNow(id).run?.outcome != null;

function text(id: string): string {
	return cellNow(id)
		.outputs.flatMap((output) =>
			output.type === 'stream' ? [...output.screen.head, ...output.screen.tail] : []
		)
		.join('\n');
}

describe('running', () => {
	test('cells run in order and keep their state', async () => {
		run('one', 'two');
		await until(done('two'));
		expect(text('one')).toBe('one\n');
		expect(cellNow('two').outputs).toMatchObject([
			{ type: 'result', data: { 'text/plain': '42' } }
		]);
		expect([cellNow('one').run?.count, cellNow('two').run?.count]).toEqual([1, 2]);
	});

	test('an error stops what waits behind it', async () => {
		run('bad', 'last');
		await until(done('last'));
		expect(outcomes('bad', 'last')).toEqual(['error', 'aborted']);
		expect(cellNow('bad').outputs).toMatchObject([{ type: 'error', name: 'ZeroDivisionError' }]);
		run('last');
		await until(() => cellNow('last').run?.outcome === 'ok');
	});

	test.each(['loop', 'flood'])('interrupt ends a %s and empties the queue', async (id) => {
		run(id, 'last');
		await until(() => status(cellNow(id)) === 'running');
		await new Promise((resolve) => setTimeout(resolve, 500));
		const before = Date.now();
		send({ type: 'interrupt' });
		await until(done(id));
		expect(Date.now() - before).toBeLessThan(5000);
		expect([cellNow(id).run?.outcome, cellNow('last').run?.outcome]).toEqual([
			'interrupted',
			'aborted'
		]);
		run('last');
		await until(() => cellNow('last').run?.outcome === 'ok');
	});

	test('input() asks and is answered', async () => {
		run('ask');
		await until(() => cellNow('ask').outputs.some((output) => output.type === 'input'));
		const answer = { type: 'answer', question: 0, text: 'Ada' } as const;
		const execution = cellNow('ask').run?.execution ?? '';
		expect(await send({ ...answer, execution })).toMatchObject({ ok: true });
		await until(done('ask'));
		expect(text('ask')).toBe('hello Ada\n');
		const asked = { type: 'input', prompt: 'Name? ', answer: 'Ada' };
		expect(cellNow('ask').outputs[0]).toMatchObject(asked);
	});

	test('a print of 50 MB is folded, and the file has every byte', async () => {
		run('huge');
		await until(done('huge'), 60_000);
		const screen = firstScreen('huge');
		expect(lineCount(screen)).toBe(500_001);
		expect(screen.head.length + screen.tail.length).toBe(HEAD + TAIL);
		const path = session.texts.path(cellNow('huge').run?.execution ?? '', 0);
		expect(statSync(path).size).toBe(50_000_000);
	}, 60_000);

	test('a command sent twice is carried out once', async () => {
		const request = {
			id: 'same',
			viewer: 'v',
			command: { type: 'run', cells: [{ cell: 'one' }] }
		} as const;
		const cells = [...request.command.cells];
		const mutable = { ...request, command: { type: 'run' as const, cells } };
		await session.command(mutable);
		await until(done('one'));
		const execution = cellNow('one').run?.execution;
		expect(await session.command(mutable)).toMatchObject({ ok: true });
		expect(cellNow('one').run?.execution).toBe(execution);
	});
});

describe('beside', () => {
	const beside = (cell: string) => send({ type: 'beside', cell });

	test('a cell answers while another runs; each keeps its own output', async () => {
		run('slow', 'two');
		await until(() => text('slow').includes('2'));
		beside('last');
		await until(done('last'));
		expect(status(cellNow('slow'))).toBe('running');
		expect(status(cellNow('two'))).toBe('queued');
		expect([text('last'), cellNow('last').run?.outcome]).toEqual(['last\n', 'ok']);
		await until(done('two'));
		expect(text('slow')).toBe(Array.from({ length: 30 }, (_, n) => `${n}\n`).join(''));
	});

	test('an error beside stops nothing else', async () => {
		run('slow', 'one');
		await until(() => status(cellNow('slow')) === 'running');
		beside('bad');
		await until(done('one'));
		expect(outcomes('bad', 'slow', 'one')).toEqual(['error', 'ok', 'ok']);
	});

	test('one of two is interrupted, then a restart ends both', async () => {
		run('slow');
		await until(() => status(cellNow('slow')) === 'running');
		beside('loop');
		await until(() => status(cellNow('loop')) === 'running');
		send({ type: 'interrupt', cell: 'loop' });
		await until(done('loop'));
		expect([cellNow('loop').run?.outcome, status(cellNow('slow'))]).toEqual([
			'interrupted',
			'running'
		]);
		beside('flood');
		await until(() => status(cellNow('flood')) === 'running');
		send({ type: 'restart' });
		await until((notebook) => notebook.kernel.phase === 'ready');
		expect(outcomes('slow', 'flood')).toEqual(['aborted', 'aborted']);
		// The new process has no second thread yet; one is made.
		run('slow');
		await until(() => status(cellNow('slow')) === 'running');
		beside('one');
		await until(done('one'));
		expect(status(cellNow('slow'))).toBe('running');
	});

	test('"Go on" is said to the library, for that run only', async () => {
		send({ type: 'go-on', cell: 'asked' });
		await until(done('asked'));
		expect(text('asked')).toBe('True\n');
		run('asked');
		await until(() => text('asked') === 'False\n');
	});

	test('a new web process finds both again and sends the next one there', async () => {
		run('slow');
		await until(() => status(cellNow('slow')) === 'running');
		beside('brief');
		beside('last');
		await until(() => status(cellNow('brief')) === 'running');
		await session.close();
		session = openIt();
		await session.resume();
		session.open(LESSON);
		await until(done('last'));
		expect(status(cellNow('slow'))).toBe('running');
		expect([text('brief'), text('last')]).toEqual(['brief\n', 'last\n']);
		expect(cellNow('last').run?.startedAt).toBeGreaterThan(cellNow('brief').run?.finishedAt ?? 0);
	});
});

describe('death', () => {
	test('a killed kernel is told with its cause, and one command goes on', async () => {
		run('one');
		await until(done('one'));
		run('die', 'last');
		const dead = await until((notebook) => notebook.kernel.phase === 'dead');
		expect(dead.kernel.problem).toMatchObject({
			code: 'kernel-killed',
			detail: { signal: 'SIGKILL' }
		});
		expect(outcomes('die', 'last')).toEqual(['aborted', 'aborted']);
		expect([text('one'), text('die')]).toEqual(['one\n', 'alive\n']);
		expect(await run('last')).toEqual({ ok: false, problem: { code: 'kernel-not-ready' } });

		send({ type: 'restart' });
		await until((notebook) => notebook.kernel.phase === 'ready');
		run('last');
		await until(() => cellNow('last').run?.outcome === 'ok');
		expect(text('one')).toBe('one\n');
	});

	test('a restart keeps outputs and raises the generation', async () => {
		run('one');
		await until(done('one'));
		const { generation } = session.notebook.kernel;
		run('loop', 'last');
		await until(() => status(cellNow('loop')) === 'running');
		send({ type: 'restart' });
		await until(
			(notebook) => notebook.kernel.phase === 'ready' && notebook.kernel.generation > generation
		);
		expect(text('one')).toBe('one\n');
		expect(cellNow('loop').run?.outcome).toBe('aborted');
		run('two');
		await until(done('two'));
		expect(cellNow('two').outputs).toMatchObject([{ type: 'error', name: 'NameError' }]);
	});
});

describe('a new web process', () => {
	test('finds the running cell again and misses nothing', async () => {
		run('slow', 'last');
		await until(() => lineCount(firstScreen('slow')) > 5);
		await session.close();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		session = openIt();
		await session.resume();
		session.open(LESSON);
		await until(done('last'));
		expect(text('slow')).toBe(Array.from({ length: 30 }, (_, n) => `${n}\n`).join(''));
		expect(cellNow('last').run?.outcome).toBe('ok');
		const seqs = db
			.select()
			.from(schema.event)
			.all()
			.map((row) => row.seq);
		expect(seqs).toEqual(seqs.map((_, index) => index + 1));
	});
});

function firstScreen(id: string): Screen {
	const output = cellNow(id).outputs[0];
	return output?.type === 'stream' ? output.screen : EMPTY_SCREEN;
}
