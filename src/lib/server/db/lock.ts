/**
 * One process on one data folder: a lock that the operating system keeps and lets go when its holder ends,
 * however that happens. Node has no such lock of its own, SQLite has: an exclusive transaction on a
 * file that never holds anything, so that a full disk is no hindrance either.
 */
import Database from 'better-sqlite3';

/** One that is just ending may take so long, milliseconds. */
const PATIENCE = 4000;

/**
 * Held until this process ends, or until the answer is called.
 * @returns `null`: another process holds it
 */
export function takeLock(file: string, patience = PATIENCE): (() => void) | null {
	const lock = new Database(file, { timeout: patience });
	try {
		lock.pragma('journal_mode = MEMORY');
		lock.exec('BEGIN EXCLUSIVE');
		return () => lock.close();
	} catch (error) {
		lock.close();
		if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
		throw error;
	}
}
