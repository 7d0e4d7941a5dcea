/**
 * The one database of this process, opened at the first question.
 *
 * A damaged file is refused for good: `database()` throws the same `DatabaseRefused` each time, so
 * that every page says what happened and how to restore, and the file stays as it is.
 */
import { join } from 'node:path';
import { openDatabase, type Db, type DatabaseRefused } from './db/client';
import { dataFolder, ROOT } from './paths';

let opened: (() => Db) | null = null;
let checkedAt: number | null = null;

/** @throws DatabaseRefused when the file cannot be used */
export function database(): Db {
	opened ??= open();
	return opened();
}

/** When the file was looked through for damage: at its opening. Milliseconds since 1970. */
export function databaseChecked(): number | null {
	return checkedAt;
}

export function databaseFile(): string {
	return join(dataFolder(), 'tuningfork.db');
}

function open(): () => Db {
	try {
		const db = openDatabase(databaseFile(), join(ROOT, 'drizzle'));
		checkedAt = Date.now();
		return () => db;
	} catch (error) {
		return () => {
			throw error;
		};
	}
}

/** The words for a refused database. */
export function databaseMessage(refused: DatabaseRefused): App.Error {
	return {
		code: 'database-refused',
		message: 'The file with your work cannot be read, so Tuning Fork does not touch it.',
		why: `${refused.file} is damaged (${refused.reason}). A full disk, a power cut or a copy made while it was in use can cause that.`,
		next: `Stop Tuning Fork. Move that file and those beside it that end in -wal and -shm somewhere safe, copy the newest file from the folder ${join(dataFolder(), 'backups')} in its place, and start again. Without a backup, starting without the file begins an empty one.`
	};
}
