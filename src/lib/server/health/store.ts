/** How the database is: its files, its newest entry, its copies. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseFacts } from '$lib/protocol/health';
import { database, databaseChecked, databaseFile } from '../database';
import { DatabaseRefused } from '../db/client';
import { dataFolder } from '../paths';

export function databaseFacts(): DatabaseFacts {
	const file = databaseFile();
	const main = statSync(file, { throwIfNoEntry: false });
	const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
	const written = Math.max(main?.mtimeMs ?? 0, log?.size ? log.mtimeMs : 0);
	return {
		size: main?.size ?? null,
		pending: log?.size ?? null,
		lastWrite: written || null,
		backup: lastBackup(),
		...opened()
	};
}

function opened(): Pick<DatabaseFacts, 'entries' | 'checked' | 'problem'> {
	try {
		// The highest row number is there at once; counting would read the whole table.
		const row = database().$client.prepare('select max(rowid) as n from event').get();
		const entries = typeof row === 'object' && row !== null && 'n' in row ? Number(row.n ?? 0) : 0;
		return { entries, checked: databaseChecked(), problem: null };
	} catch (error) {
		const reason = error instanceof DatabaseRefused ? error.reason : messageOf(error);
		return { entries: null, checked: databaseChecked(), problem: reason };
	}
}

/** Their names are the times at which they were made, so the last name is the newest. */
function lastBackup(): number | null {
	const folder = dataFolder('backups');
	const newest = readdirSync(folder).toSorted().at(-1);
	const found = newest && statSync(join(folder, newest), { throwIfNoEntry: false });
	return found ? found.mtimeMs : null;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
