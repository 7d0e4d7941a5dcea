/**
 * Who works in a data folder. The web process holds a lock that ends with it (src/lib/server/alone.ts) and
 * notes here who it is; the note alone is never believed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../setup/lock.mjs';
import { isAnswering } from './instance.mjs';

/** With this exit code a web process says that another one has the folder. */
export const TAKEN = 'exit code 75';
const PATIENCE_MS = 60_000;

/** The web process that has the folder, as far as is known. @param {string} data @returns {{ pid: number, url: string } | null} */
export function ownerOf(data) {
	try {
		const { pid, url } = JSON.parse(readFileSync(join(data, 'run', 'owner.json'), 'utf8'));
		return isAlive(pid) && typeof url === 'string' ? { pid, url } : null;
	} catch {
		// Never started here, or half a note of a machine that lost power.
		return null;
	}
}

/** Where the other one answers; null when it does not. @param {string} data @returns {Promise<string | null>} */
export async function otherAddress(data) {
	for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await wait(100)) {
		const owner = ownerOf(data);
		if (owner && (await isAnswering(owner.url))) return owner.url;
	}
	return null;
}
