import { and, asc, count, eq, gt } from 'drizzle-orm';
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
	let snapshotSeq = 0;
	return {
		session,
		load() {
			const loaded = loadSession(db, session, lesson);
			snapshotSeq = loaded.snapshotSeq;
			return loaded;
		},
		write(entries, notebook, mark) {
			const due = notebook.seq - snapshotSeq >= SNAPSHOT_EVERY;
			attempt(() => {
				writeEntries(db, session, entries, mark, due ? notebook : null);
			});
			if (due) snapshotSeq = notebook.seq;
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

function writeEntries(
	db: Db,
	session: string,
	entries: readonly Entry[],
	mark: Mark,
	snapshot: Notebook | null
): void {
	const at = Date.now();
	db.transaction((tx) => {
		for (const entry of entries) {
			tx.insert(schema.event)
				.values({ session, seq: entry.seq, at, body: JSON.stringify(entry.event) })
				.run();
		}
		tx.update(schema.session).set(mark).where(eq(schema.session.id, session)).run();
		if (!snapshot) return;
		const row = { seq: snapshot.seq, body: JSON.stringify(snapshot) };
		tx.insert(schema.snapshot)
			.values({ session, ...row })
			.onConflictDoUpdate({ target: schema.snapshot.session, set: row })
			.run();
	});
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
		throw new JournalFailure(
			isDiskFull(error),
			error instanceof Error ? error.message : String(error)
		);
	}
}
