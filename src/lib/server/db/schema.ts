import { integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** One learner's work on one lesson. */
export const session = sqliteTable(
	'session',
	{
		id: text('id').primaryKey(),
		learner: text('learner').notNull(),
		lesson: text('lesson').notNull(),
		/** The kernel this session was last attached to. */
		kernel: text('kernel'),
		/** Number of the last kernel message that is safe in `event`. */
		tape: integer('tape').notNull().default(0),
		createdAt: integer('created_at').notNull(),
		openedAt: integer('opened_at').notNull()
	},
	(table) => [uniqueIndex('session_learner_lesson').on(table.learner, table.lesson)]
);

/** The journal: what happened in a session, 1, 2, 3, … without gap. */
export const event = sqliteTable(
	'event',
	{
		session: text('session')
			.notNull()
			.references(() => session.id, { onDelete: 'cascade' }),
		seq: integer('seq').notNull(),
		at: integer('at').notNull(),
		body: text('body').notNull()
	},
	(table) => [primaryKey({ columns: [table.session, table.seq] })]
);

/** A notebook as it stood after entry `seq`, so that opening a lesson need not replay everything. */
export const snapshot = sqliteTable('snapshot', {
	session: text('session')
		.primaryKey()
		.references(() => session.id, { onDelete: 'cascade' }),
	seq: integer('seq').notNull(),
	body: text('body').notNull()
});
