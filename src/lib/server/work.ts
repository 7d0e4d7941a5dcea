/** Who works on which lesson. */
import { and, eq, isNotNull } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import * as schema from './db/schema';
import { database } from './database';

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

export function beginWork(learner: string, lesson: string): Work {
	const work = { id: randomUUID(), learner, lesson, openedAt: Date.now() };
	database()
		.insert(schema.session)
		.values({ ...work, createdAt: work.openedAt })
		.run();
	return work;
}

export function noteOpened(work: Work): void {
	const openedAt = Date.now();
	database().update(schema.session).set({ openedAt }).where(eq(schema.session.id, work.id)).run();
}

/** Work whose kernel may still be running. */
export function workWithKernel(): readonly (Work & { readonly kernel: string | null })[] {
	return database().select().from(schema.session).where(isNotNull(schema.session.kernel)).all();
}

export function workOf(learner: string): readonly Work[] {
	return database().select().from(schema.session).where(eq(schema.session.learner, learner)).all();
}
