/**
 * Two web processes on one data folder would write one journal. The second one ends before it has
 * touched anything, and says where the first one is.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './db/lock';
import { dataFolder } from './paths';

/** As in scripts/start/owner.mjs: the keeper tells the person, and does not start it again. */
const TAKEN = 75;

// Kept on `globalThis` for a module that is reloaded during development: the process has the lock already.
const kept = globalThis as { tuningForkLock?: () => void };

/** @param address where this one can be reached */
export function beAlone(address: string | undefined): void {
	const folder = dataFolder('run');
	const release = kept.tuningForkLock ?? takeLock(join(folder, 'lock'));
	const note = join(folder, 'owner.json');
	if (release === null) leave(note);
	kept.tuningForkLock = release;
	writeWhole(note, JSON.stringify({ pid: process.pid, url: address ?? null }));
}

function leave(note: string): never {
	console.error(
		`Another Tuning Fork already works in this data folder${placeOf(note)}. Two at once would spoil the work in it, so this one ends. Use that one, stop it first, or choose another folder with TUNINGFORK_DATA. (already-running)`
	);
	process.exit(TAKEN);
}

function placeOf(note: string): string {
	try {
		const { url } = JSON.parse(readFileSync(note, 'utf8')) as { readonly url?: unknown };
		return typeof url === 'string' ? `, at ${url}` : '';
	} catch {
		// It has the lock for a moment only: the note comes.
		return '';
	}
}

/** On a full disk the lock is what counts; without the note only the address is not told. */
function writeWhole(file: string, text: string): void {
	const fresh = `${file}.${process.pid}`;
	try {
		writeFileSync(fresh, text, { mode: 0o600 });
		renameSync(fresh, file);
	} catch (error) {
		console.error('Where this one runs could not be noted:', error);
	}
}
