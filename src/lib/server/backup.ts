/**
 * Copies of the database: one when the web process starts and one every hour while it runs. The
 * newest ones are kept. SQLite makes the copy, so it is whole even while learners write.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { database } from './database';
import { dataFolder } from './paths';

const KEEP = 24;
const HOUR = 60 * 60 * 1000;

/** Begins making copies; they stop with the process. */
export function beginBackups(): void {
	void copy();
	setInterval(() => void copy(), HOUR).unref();
}

async function copy(): Promise<void> {
	const folder = dataFolder('backups');
	const name = `tuningfork-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`;
	try {
		await database().$client.backup(join(folder, name));
		for (const old of readdirSync(folder).toSorted().slice(0, -KEEP)) rmSync(join(folder, old));
	} catch (error) {
		console.error('The hourly copy of the database could not be made:', error);
	}
}
