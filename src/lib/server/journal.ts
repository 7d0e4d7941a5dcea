import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import { apply } from '$lib/notebook/apply';
import type { Entry, Event } from '$lib/notebook/event';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { isDiskFull, type Db } from './db/client';
import * as schema from './db/schema';
import { JournalFailure, type Journal, type Mark } from './session/journal';

/** A snapshot is taken after this many entries, so that opening a lesson replays no more. */
const SNAPSHOT_EVERY = 500;

/** The journal of one session, on SQLite. */
export function openJournal(db: Db, session: string, lesson: string): Journal {
	const statements = prepare(db);
	let snapshotSeq = 0;
	return {
		session,
		name: db.$name,
		load() {
			const loaded = loadSession(db, session, lesson);
			snapshotSeq = loaded.snapshotSeq;
			return loaded;
		},
		write(entries, notebook, mark) {
			const due = notebook.seq - snapshotSeq >= SNAPSHOT_EVERY;
			attempt(() => {
				writeEntries(db, statements, { session, entries, mark, snapshot: due ? notebook : null });
			});
			if (due) snapshotSeq = notebook.seq;
		},
		async settle() {
			await db.$disk.settle().catch(fail);
		},
		after: (seq, limit) => readAfter(db, session, seq, limit)
	};
}

function loadSession(db: Db, session: string, lesson: string) {
	const row = db.select().from(schema.session).where(eq(schema.session.id, session)).get();
	const saved = db.select().from(schema.snapshot).where(eq(schema.snapshot.session, session)).get();
	const start = saved ? toNotebook(saved.body) : newNotebook(lesson);
	const entries = readAfter(db, session, start.seq, Number.MAX_SAFE_INTEGER) ?? [];
	return {
		notebook: entries.reduce(apply, start),
		mark: { kernel: row?.kernel ?? null, tape: row?.tape ?? 0 },
		snapshotSeq: start.seq
	};
}

/** Built once: building them anew took most of a commit's time. */
function prepare(db: Db) {
	const { placeholder } = sql;
	const snapshot = { seq: placeholder('seq'), body: placeholder('body') };
	return {
		event: db
			.insert(schema.event)
			.values({ session: placeholder('session'), at: placeholder('at'), ...snapshot })
			.prepare(),
		mark: db
			.update(schema.session)
			.set({ kernel: sql`${placeholder('kernel')}`, tape: sql`${placeholder('tape')}` })
			.where(eq(schema.session.id, placeholder('session')))
			.prepare(),
		snapshot: db
			.insert(schema.snapshot)
			.values({ session: placeholder('session'), ...snapshot })
			.onConflictDoUpdate({
				target: schema.snapshot.session,
				set: { seq: sql`excluded.seq`, body: sql`excluded.body` }
			})
			.prepare()
	};
}

interface Batch {
	readonly session: string;
	readonly entries: readonly Entry[];
	readonly mark: Mark;
	readonly snapshot: Notebook | null;
}

function writeEntries(db: Db, statements: ReturnType<typeof prepare>, batch: Batch): void {
	const { session, entries, mark, snapshot } = batch;
	const at = Date.now();
	db.$client.transaction(() => {
		for (const { seq, event } of entries)
			statements.event.run({ session, seq, at, body: JSON.stringify(event) });
		statements.mark.run({ session, ...mark });
		if (snapshot)
			statements.snapshot.run({ session, seq: snapshot.seq, body: JSON.stringify(snapshot) });
	})();
}

function readAfter(db: Db, session: string, seq: number, limit: number): readonly Entry[] | null {
	const newer = and(eq(schema.event.session, session), gt(schema.event.seq, seq));
	const total = db.select({ n: count() }).from(schema.event).where(newer).get()?.n ?? 0;
	if (total > limit) return null;
	const rows = db.select().from(schema.event).where(newer).orderBy(asc(schema.event.seq)).all();
	return rows.map((row) => ({ seq: row.seq, event: toEvent(row.body) }));
}

// What these two read was written by this program and is checked by SQLite; it is trusted.
function toEvent(body: string): Event {
	return JSON.parse(body) as Event;
}

function toNotebook(body: string): Notebook {
	return JSON.parse(body) as Notebook;
}

function attempt(write: () => void): void {
	try {
		write();
	} catch (error) {
		fail(error);
	}
}

function fail(error: unknown): never {
	const reason = error instanceof Error ? error.message : String(error);
	throw new JournalFailure(isDiskFull(error), reason);
}
