/** Who works on which lesson. */
import { and, eq, isNotNull } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import * as schema from './db/schema';
import { database } from './database';
import { isDiskFull } from './db/client';
import { attempt } from './journal';
import { logError } from './log';
import type { Journal } from './session/journal';

export interface Work {
	/** The session's id. */
	readonly id: string;
	readonly learner: string;
	readonly lesson: string;
	/** When the lesson was last opened, milliseconds since 1970. */
	readonly openedAt: number;
}

export function findWork(learner: string, lesson: string): Work | undefined {
	const { session } = schema;
	const mine = and(eq(session.learner, learner), eq(session.lesson, lesson));
	return database().select().from(session).where(mine).get();
}

/** Not written yet: a lesson can be read although the disk is full. */
export function newWork(learner: string, lesson: string): Work {
	return { id: randomUUID(), learner, lesson, openedAt: Date.now() };
}

/** The journal of work that is noted with its first entry. */
export function beginsWith(work: Work, journal: Journal): Journal {
	let isNoted = false;
	return {
		...journal,
		write(entries, notebook, mark) {
			if (!isNoted) attempt(() => noteWork(work));
			isNoted = true;
			journal.write(entries, notebook, mark);
		}
	};
}

function noteWork(work: Work): void {
	const values = { ...work, createdAt: work.openedAt };
	database().insert(schema.session).values(values).onConflictDoNothing().run();
}

/** When it cannot be written down that a lesson was opened, the lesson opens all the same. */
export function noteOpened(work: Work): void {
	const openedAt = Date.now();
	const mine = eq(schema.session.id, work.id);
	try {
		database().update(schema.session).set({ openedAt }).where(mine).run();
	} catch (error) {
		if (!isDiskFull(error)) throw error;
		logError(error);
	}
}

/** Work whose kernel may still be running. */
export function workWithKernel(): readonly (Work & { readonly kernel: string | null })[] {
	return database().select().from(schema.session).where(isNotNull(schema.session.kernel)).all();
}

export function workOf(learner: string): readonly Work[] {
	return database().select().from(schema.session).where(eq(schema.session.learner, learner)).all();
}
