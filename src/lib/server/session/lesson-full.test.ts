import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findCell } from '$lib/notebook/notebook';
import type { Output } from '$lib/notebook/output';
import type { Command } from '$lib/protocol/command';
import type { KernelHost } from '../jupyter/port';
import { openJournal } from '../journal';
import { CELLS_LIMIT, TEXTS_LIMIT } from './bounds';
import { db, folder, open, outputs, show } from './poison-rig';
import { Session } from './session';
import { createAdmission } from './starts';
import { openTexts } from './texts';

function openSession() {
	return new Session({
		journal: openJournal(db, 's', '01-a'),
		texts: openTexts(join(folder, 'texts')),
		host: vi.fn() as unknown as KernelHost,
		admission: createAdmission(),
		learner: 'me',
		cwd: folder
	});
}

let sent = 0;
function send(session: Session, command: Command) {
	sent += 1;
	return session.command({ id: `c${sent}`, viewer: 'v', command });
}

const FULL = { ok: false, problem: { code: 'lesson-full' } };
const LONG = '<'.repeat(2_000_000);

function begun(): Session {
	outputs(open().recorder);
	return openSession();
}

async function filled(): Promise<Session> {
	const session = begun();
	for (let n = 0; n * LONG.length < TEXTS_LIMIT - LONG.length; n += 1)
		await send(session, { type: 'add', cell: `long${n}`, after: 'one', source: LONG });
	return session;
}

test('texts without end are refused, and a lesson that is full can be worked in', async () => {
	const session = await filled();
	const more: Command = { type: 'add', cell: 'more', after: 'one', source: LONG };
	expect(await send(session, more)).toEqual(FULL);
	expect(await send(session, { ...more, source: 'x' })).toMatchObject({ ok: true });
	const edit = { type: 'edit', cell: 'more', base: 0 } as const;
	expect(await send(session, { ...edit, source: LONG })).toEqual(FULL);
	expect(await send(session, { ...edit, source: 'y' })).toMatchObject({ ok: true });
	const shorter = LONG.slice(1);
	const edited = await send(session, { type: 'edit', cell: 'long0', source: shorter, base: 0 });
	expect(edited).toMatchObject({ ok: true });
	expect(findCell(session.notebook, 'long0')?.source).toBe(shorter);
});

test('to delete long cells again and again does not get around it', async () => {
	const session = begun();
	const replies = [];
	for (let n = 0; n < 6; n += 1) {
		replies.push(await send(session, { type: 'add', cell: `c${n}`, after: 'one', source: LONG }));
		await send(session, { type: 'delete', cell: `c${n}` });
	}
	expect(replies.at(-1)).toEqual(FULL);
});

test('cells without end are refused', async () => {
	const session = begun();
	for (let n = 1; n < CELLS_LIMIT; n += 1)
		void send(session, { type: 'add', cell: `c${n}`, after: 'one', source: '' });
	const reply = await send(session, { type: 'add', cell: 'more', after: 'one', source: '' });
	expect(reply).toEqual(FULL);
	expect(session.notebook.cells).toHaveLength(CELLS_LIMIT);
});

test('a page begins without outputs that are too much for it, and is sent all when it watches', async () => {
	const { recorder } = open();
	recorder.message(show({ 'text/plain': '<'.repeat(9_000_000) }), 1);
	outputs(recorder);
	expect(openSession().shown).toMatchObject({
		journal: db.$name,
		notebook: { seq: recorder.saved.seq }
	});
	recorder.message(show({ 'text/plain': '<'.repeat(9_000_000) }), 2);
	const all: readonly Output[] = outputs(recorder);
	const session = openSession();
	const { notebook, journal } = session.shown;
	expect(notebook.cells.map((cell) => cell.outputs)).toEqual([[]]);
	expect(journal).toBe('');
	const frame = await session.watch(notebook.seq, journal).next();
	expect(frame).toMatchObject({ type: 'snapshot', journal: db.$name });
	expect(frame?.type === 'snapshot' && frame.notebook.cells[0]?.outputs).toEqual(all);
});
