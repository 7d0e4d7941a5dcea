/**
 * The only place that opens the database.
 *
 * A commit does not wait for the disk (`synchronous=NORMAL`); whoever promises that something is kept
 * waits for `$disk.settle()` first. A damaged file is refused and left exactly as it is;
 * `DatabaseRefused` says how to restore.
 */
import Database from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Disk } from './disk';
import * as schema from './schema';

export type Db = BetterSQLite3Database<typeof schema> & {
	readonly $client: Database.Database;
	readonly $disk: Disk;
	/**
	 * Names what is in the file. Another one after the machine was started anew or a copy has taken the
	 * file's place: then the last entries may be missing, and their numbers be given out once more.
	 */
	readonly $name: string;
};

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
	return Object.assign(db, { $disk: new Disk(file), $name: nameOf(file) });
}

function openChecked(file: string): Database.Database {
	let client: Database.Database | null = null;
	try {
		client = new Database(file);
		client.pragma('busy_timeout = 5000');
		const verdict = client.pragma('quick_check(1)', { simple: true });
		if (verdict !== 'ok') throw new DatabaseRefused(file, String(verdict));
		client.pragma('journal_mode = WAL');
		client.pragma('synchronous = NORMAL');
		client.pragma('foreign_keys = ON');
		return client;
	} catch (error) {
		client?.close();
		if (isDamage(error)) throw new DatabaseRefused(file, error.message);
		throw error;
	}
}

function nameOf(file: string): string {
	const { ino, birthtimeMs } = statSync(file);
	const parts = [startOfMachine(), ino, birthtimeMs].join(' ');
	return createHash('sha256').update(parts).digest('base64url').slice(0, 16);
}

/** Where the system does not name it, each process counts as a new one. */
function startOfMachine(): string {
	if (process.platform !== 'linux') return randomUUID();
	return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
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
