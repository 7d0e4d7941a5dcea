import { and, asc, count, eq, gt, sql, type SQL } from 'drizzle-orm';
import { apply } from '$lib/notebook/apply';
import type { Entry, Event } from '$lib/notebook/event';
import { newNotebook, type Notebook } from '$lib/notebook/notebook';
import { isDiskFull, type Db } from './db/client';
import * as schema from './db/schema';
import { logError } from './log';
import { soundEvent, soundNotebook } from './sound';
import { EntryRefused, JournalFailure, type Journal, type Mark } from './session/journal';
import { safeNames } from '$lib/notebook/foreign';

/** A snapshot is taken after this many entries, so that opening a lesson replays no more. */
const SNAPSHOT_EVERY = 500;

/** No entry that the recorder makes comes near it; SQLite takes twice as much. Characters. */
const BODY_LIMIT = 256_000_000;
/** Entries that hold more together are not read at once: whoever asks is given the notebook. Characters. */
const ENTRIES_LETTERS = 64_000_000;
/** In the place of an entry that cannot be read: nobody has this execution. */
const UNREADABLE: Event = { type: 'execution-pausing', execution: '' };

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
			const bodies = entries.map(toBody);
			const due = notebook.seq - snapshotSeq >= SNAPSHOT_EVERY;
			const snapshot = due ? toSnapshot(notebook) : null;
			attempt(() => writeEntries(db, statements, { session, bodies, mark, snapshot }));
			if (due) snapshotSeq = notebook.seq;
		},
		async settle() {
			await db.$disk.settle().catch(fail);
		},
		after: (seq, limit) => readAfter(db, session, seq, limit)
	};
}

/** Whatever is in it: one entry that cannot be understood must not lock a learner out of the lesson. */
function loadSession(db: Db, session: string, lesson: string) {
	const row = db.select().from(schema.session).where(eq(schema.session.id, session)).get();
	const saved = db.select().from(schema.snapshot).where(eq(schema.snapshot.session, session)).get();
	const start = (saved && toNotebook(saved.body)) ?? newNotebook(lesson);
	const entries = readAfter(db, session, start.seq, Number.POSITIVE_INFINITY) ?? [];
	let notebook = start;
	let lost = 0;
	for (const entry of entries) {
		try {
			// Between two that are kept there may be a gap, in a file that was damaged.
			notebook = apply({ ...notebook, seq: entry.seq - 1 }, entry);
			if (entry.event === UNREADABLE) lost += 1;
		} catch (error) {
			logError(error, 'An entry of a journal could not be understood.');
			notebook = { ...notebook, seq: entry.seq };
			lost += 1;
		}
	}
	const mark = { kernel: row?.kernel ?? null, tape: row?.tape ?? 0 };
	return { notebook, mark, lost, snapshotSeq: start.seq };
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
	readonly bodies: readonly Body[];
	readonly mark: Mark;
	readonly snapshot: Body | null;
}

interface Body {
	readonly seq: number;
	readonly body: string;
}

function writeEntries(db: Db, statements: ReturnType<typeof prepare>, batch: Batch): void {
	const { session, bodies, mark, snapshot } = batch;
	const at = Date.now();
	db.$client.transaction(() => {
		for (const { seq, body } of bodies) statements.event.run({ session, seq, at, body });
		statements.mark.run({ session, ...mark });
		if (snapshot) statements.snapshot.run({ session, ...snapshot });
	})();
}

function readAfter(db: Db, session: string, seq: number, limit: number): readonly Entry[] | null {
	const newer = and(eq(schema.event.session, session), gt(schema.event.seq, seq));
	const total = db.select({ n: count() }).from(schema.event).where(newer).get()?.n ?? 0;
	if (total > limit || (total > 0 && Number.isFinite(limit) && tooLong(db, newer))) return null;
	const rows = db.select().from(schema.event).where(newer).orderBy(asc(schema.event.seq)).all();
	return rows.map((row) => ({ seq: row.seq, event: toEvent(row.body) }));
}

function tooLong(db: Db, newer: SQL | undefined): boolean {
	const letters = sql<number>`total(length(${schema.event.body}))`;
	const row = db.select({ letters }).from(schema.event).where(newer).get();
	return (row?.letters ?? 0) > ENTRIES_LETTERS;
}

/** @throws EntryRefused */
function toBody({ seq, event }: Entry): Body {
	try {
		const body = JSON.stringify(event);
		if (body.length > BODY_LIMIT) throw new RangeError(`${body.length} characters in one entry`);
		return { seq, body };
	} catch (error) {
		throw new EntryRefused(seq, error instanceof Error ? error.message : String(error));
	}
}

/** `null`: it cannot be taken now; the entries say the same. */
function toSnapshot(notebook: Notebook): Body | null {
	try {
		return { seq: notebook.seq, body: JSON.stringify(notebook) };
	} catch (error) {
		logError(error, 'A snapshot could not be taken.');
		return null;
	}
}

// What these two read was written by this program and is checked by SQLite. All the same it may be of
// another version, be damaged, and hold names of a learner's that once were let in.
function toEvent(body: string): Event {
	return soundEvent(parse(body)) ?? UNREADABLE;
}

function toNotebook(body: string): Notebook | null {
	return soundNotebook(parse(body));
}

function parse(body: string): unknown {
	try {
		const value: unknown = JSON.parse(body);
		return body.includes('"__proto__"') ? safeNames(value) : value;
	} catch (error) {
		logError(error, 'Something in a journal could not be read.');
		return null;
	}
}

/** @throws JournalFailure in place of what SQLite throws */
export function attempt(write: () => void): void {
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
