/** Questions of a cell while web processes come and go. The real host, a real kernel, real SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Cell } from '$lib/notebook/cell';
import { openDatabase, type Db } from '../db/client';
import * as schema from '../db/schema';
import { openJournal } from '../journal';
import { hostPlace } from '../jupyter/place';
import type { KernelHost } from '../jupyter/port';
import { createKernelHost } from '../jupyter/real';
import { Session } from './session';
import { createAdmission } from './starts';
import { openTexts } from './texts';

const CODE = 'import time\na = input("first? ")\ntime.sleep(0.5)\nprint(a, input("second? "))';
const LESSON = {
	...{ slug: '01-test', number: 1, title: '', summary: '', goal: '', minutes: 1, headings: [] },
	cells: [{ id: 'ask', code: CODE, line: 1 }]
};

let folder: string;
let db: Db;
let host: KernelHost;
let session: Session;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tf-asking-'));
	host = createKernelHost(hostPlace({ root: process.cwd(), data: folder, env: {} }));
	db = openDatabase(join(folder, 'test.db'), 'drizzle');
	const work = { id: 's', learner: 'me', lesson: '01-test', createdAt: 0, openedAt: 0 };
	db.insert(schema.session).values(work).run();
	session = openIt();
	session.open(LESSON);
	await session.command({
		...{ id: 'run', viewer: 'v' },
		command: { type: 'run', cells: [{ cell: 'ask', source: CODE }] }
	});
	await expect.poll(prompts, { timeout: 30_000 }).toEqual(['first? ']);
}, 60_000);

afterEach(async () => {
	await session.close();
	await host.stop();
	db.$client.close();
	rmSync(folder, { recursive: true });
});

function openIt(): Session {
	return new Session({
		journal: openJournal(db, 's', '01-test'),
		texts: openTexts(join(folder, 'texts')),
		host,
		admission: createAdmission(),
		learner: 'me',
		cwd: join(folder, 'work')
	});
}

function cell(): Cell {
	return session.notebook.cells[0] ?? expect.fail('no cell');
}

function prompts(): readonly string[] {
	return cell().outputs.flatMap((output) => (output.type === 'input' ? [output.prompt] : []));
}

async function answer(question: number, text: string): Promise<void> {
	const execution = cell().run?.execution ?? '';
	const command = { type: 'answer', execution, question, text } as const;
	const reply = await session.command({ id: `answer ${question}`, viewer: 'v', command });
	expect(reply).toMatchObject({ ok: true });
}

/** The next web process has come. */
async function comeBack(): Promise<void> {
	session = openIt();
	await session.resume();
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

test.each(['Ada', ''])(
	'“%s”, written down and never sent, reaches the kernel later',
	async (text) => {
		const execution = cell().run?.execution ?? '';
		await session.close();
		const journal = openJournal(db, 's', '01-test');
		const { notebook, mark } = journal.load();
		const event = { type: 'input-answered', execution, question: 0, answer: text } as const;
		const entry = { seq: notebook.seq + 1, at: Date.now(), event };
		journal.write([entry], apply(notebook, entry), mark);
		await comeBack();
		await expect.poll(prompts, { timeout: 10_000 }).toEqual(['first? ', 'second? ']);
		await answer(1, 'Lovelace');
		await expect.poll(() => cell().run?.outcome, { timeout: 10_000 }).toBe('ok');
		expect(JSON.stringify(cell().outputs)).toContain(`${text} Lovelace`);
	},
	60_000
);

test('an answer that the kernel has is no answer to its next question', async () => {
	await answer(0, 'Ada');
	await session.close();
	// It asks again meanwhile, and the journal does not know that yet.
	await pause(1000);
	await comeBack();
	await expect.poll(prompts, { timeout: 10_000 }).toEqual(['first? ', 'second? ']);
	await pause(300);
	expect(cell().run?.outcome).toBeNull();
	await answer(1, 'Lovelace');
	await expect.poll(() => cell().run?.outcome, { timeout: 10_000 }).toBe('ok');
	expect(JSON.stringify(cell().outputs)).toContain('Ada Lovelace');
}, 60_000);
