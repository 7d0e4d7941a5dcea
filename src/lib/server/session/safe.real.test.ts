/** A file of the learner's ends each Python: the way back. The real host, a real kernel, real SQLite. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KernelState } from '$lib/notebook/kernel';
import { problemText } from '$lib/notebook/problem';
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

const MEND =
	'import os, shutil\nshutil.rmtree(os.environ["TUNINGFORK_STARTUP"])\nprint("it is mended")';
const LESSON = {
	...{ slug: '01-test', number: 1, title: '', summary: '', goal: '', minutes: 1, headings: [] },
	cells: [{ id: 'mend', code: MEND, line: 1 }]
};

let folder: string;
let db: Db;
let host: KernelHost;
let session: Session;
let count = 0;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-safe-'));
	const startup = join(folder, 'run/jupyter/ipython/profile_default/startup');
	mkdirSync(startup, { recursive: true });
	writeFileSync(join(startup, '01.py'), 'import os; os._exit(3)');
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
});

afterAll(async () => {
	await session.close();
	await host.stop();
	db.$client.close();
	rmSync(folder, { recursive: true });
});

async function send(command: Command): Promise<void> {
	count += 1;
	expect(await session.command({ id: `c${count}`, viewer: 'v', command })).toMatchObject({
		ok: true
	});
}

async function kernelIn(phase: KernelState['phase']): Promise<KernelState> {
	await expect.poll(() => session.notebook.kernel.phase, { timeout: 40_000 }).toBe(phase);
	return session.notebook.kernel;
}

test('Python is told to have ended, starts without the file, is mended from a cell, and starts as ever', async () => {
	session.open(LESSON);
	const dead = await kernelIn('dead');
	expect(dead).toMatchObject({ safe: 'offered', problem: { detail: { startup: 1 } } });
	expect(problemText(dead.problem ?? expect.fail('no problem')).next).toContain(
		'press Start without my start-up files'
	);
	await send({ type: 'restart', safe: true });
	expect(await kernelIn('ready')).toMatchObject({ safe: 'on' });
	await send({ type: 'run', cells: [{ cell: 'mend' }] });
	const outputs = () => JSON.stringify(session.notebook.cells[0]?.outputs);
	await expect.poll(outputs, { timeout: 20_000 }).toContain('it is mended');
	await expect.poll(() => session.notebook.cells[0]?.run?.outcome, { timeout: 20_000 }).toBe('ok');
	const { generation } = session.notebook.kernel;
	await send({ type: 'restart' });
	await expect.poll(() => session.notebook.kernel.generation).toBe(generation + 1);
	expect(await kernelIn('ready')).toMatchObject({ safe: 'offered' });
}, 120_000);
