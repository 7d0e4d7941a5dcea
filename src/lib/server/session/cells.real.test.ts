/** What the page says of cells that fail in unusual ways. The real host, one real kernel, real SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { status, type Cell } from '$lib/notebook/cell';
import { findCell } from '$lib/notebook/notebook';
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

const LESSON = {
	...{ slug: '01-test', number: 1, title: '', summary: '', goal: '', minutes: 1, headings: [] },
	cells: ['one', 'next'].map((id) => ({ id, code: 'pass', line: 1 }))
};

let folder: string;
let db: Db;
let host: KernelHost;
let session: Session;
let commands = 0;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tf-cells-'));
	host = createKernelHost(hostPlace({ root: process.cwd(), data: folder, env: {} }));
	db = openDatabase(join(folder, 'test.db'), 'drizzle');
	const work = { id: 's', learner: 'me', lesson: '01-test', createdAt: 0, openedAt: 0 };
	db.insert(schema.session).values(work).run();
	session = new Session({
		journal: openJournal(db, 's', '01-test'),
		texts: openTexts(join(folder, 'texts')),
		host,
		admission: createAdmission(),
		learner: 'me',
		cwd: join(folder, 'work')
	});
	session.open(LESSON);
	await vi.waitUntil(() => session.notebook.kernel.phase === 'ready', { timeout: 50_000 });
}, 60_000);

afterAll(async () => {
	await session.close();
	await host.stop();
	db.$client.close();
	rmSync(folder, { recursive: true });
});

function send(command: Command) {
	commands += 1;
	return session.command({ id: `c${commands}`, viewer: 'v', command });
}

function cell(id: string): Cell {
	return findCell(session.notebook, id) ?? expect.fail(`no cell ${id}`);
}

/** Runs it, and another behind it; gives the outcomes of both. */
async function run(source: string, meanwhile: () => Promise<unknown> = () => Promise.resolve()) {
	await send({ type: 'run', cells: [{ cell: 'one', source }, { cell: 'next' }] });
	await meanwhile();
	const isOver = () => cell('one').run?.outcome !== null && cell('next').run?.outcome !== null;
	await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
	return [cell('one').run?.outcome, cell('next').run?.outcome];
}

function errors(): readonly string[] {
	return cell('one').outputs.flatMap((output) => (output.type === 'error' ? [output.name] : []));
}

function text(): string {
	return cell('one')
		.outputs.flatMap((output) => (output.type === 'stream' ? output.screen.head : []))
		.join('');
}

test.each([
	['raise ExceptionGroup("m", [ValueError("one")])', 'ExceptionGroup'],
	['raise ValueError("bad \\ud83d")', 'ValueError'],
	['%nosuchmagic', 'UsageError'],
	['class E(Exception):\n  def __str__(self): return 1\nraise E', 'E'],
	['def f(n): return f(n + 1)\nf(0)', 'RecursionError']
])('%s is a failure, shown once, and stops what is behind it', async (source, name) => {
	expect(await run(source)).toEqual(['error', 'aborted']);
	expect(errors()).toEqual([name]);
});

test('a cell that awaits is stopped by the learner', async () => {
	const outcomes = await run('import asyncio\nawait asyncio.sleep(600)', async () => {
		await expect.poll(() => status(cell('one')), { timeout: 10_000 }).toBe('running');
		await expect.poll(() => cell('one').run?.count).not.toBeNull();
		await send({ type: 'interrupt' });
	});
	expect(outcomes).toEqual(['interrupted', 'aborted']);
});

test('a child that leaves is no end of the cell, and the next one runs', async () => {
	const source = 'import os, sys\nif not os.fork(): print("child"); sys.exit(0)\nos.wait();';
	expect(await run(source)).toEqual(['ok', 'ok']);
	expect(text()).toContain('child');
});

test('half a letter is written out', async () => {
	expect(await run('print("\\ud800x")')).toEqual(['ok', 'ok']);
	expect(text()).toContain('\\ud800x');
});
