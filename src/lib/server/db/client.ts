/**
 * The only place that opens the database.
 *
 * Learners' work is written with `synchronous=FULL`: better-sqlite3 is built with NORMAL for WAL,
 * which may lose an acknowledged commit when the power fails. A damaged file is refused and left
 * exactly as it is; `DatabaseRefused` says how to restore.
 */
import Database from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import * as schema from './schema';

export type Db = BetterSQLite3Database<typeof schema> & { $client: Database.Database };

/** The database file cannot be used. It has not been touched. */
export class DatabaseRefused extends Error {
	constructor(
		readonly file: string,
		readonly reason: string
	) {
		super(`The database ${file} cannot be used: ${reason}`);
		this.name = 'DatabaseRefused';
	}
}

/**
 * Opens (or makes) the database and brings its tables up to date.
 * @throws DatabaseRefused when the file is damaged or not a database
 */
export function openDatabase(file: string, migrations: string): Db {
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	const client = openChecked(file);
	const db = drizzle(client, { schema });
	migrate(db, { migrationsFolder: migrations });
	return db;
}

function openChecked(file: string): Database.Database {
	let client: Database.Database | null = null;
	try {
		client = new Database(file);
		client.pragma('busy_timeout = 5000');
		const verdict = client.pragma('quick_check(1)', { simple: true });
		if (verdict !== 'ok') throw new DatabaseRefused(file, String(verdict));
		client.pragma('journal_mode = WAL');
		client.pragma('synchronous = FULL');
		client.pragma('foreign_keys = ON');
		return client;
	} catch (error) {
		client?.close();
		if (isDamage(error)) throw new DatabaseRefused(file, error.message);
		throw error;
	}
}

function isDamage(error: unknown): error is Error {
	if (!(error instanceof Database.SqliteError)) return false;
	return error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB';
}

/** Did a write fail because there is no room? */
export function isDiskFull(error: unknown): boolean {
	if (error instanceof Database.SqliteError) {
		return error.code === 'SQLITE_FULL' || error.code.startsWith('SQLITE_IOERR_WRITE');
	}
	return (
		error instanceof Error &&
		'code' in error &&
		(error.code === 'ENOSPC' || error.code === 'EDQUOT')
	);
}
