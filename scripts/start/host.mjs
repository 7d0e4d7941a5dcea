/** The kernel host outlives the web process on purpose; this is how it ends when all is over. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../setup/lock.mjs';

const PATIENCE_MS = 10_000;

/** @param {string} data */
export async function stopHost(data) {
	const pid = hostPid(data);
	if (pid === null || process.env['TUNINGFORK_KERNELS'] === 'service' || !isAlive(pid)) return;
	signal(pid, 'SIGTERM');
	for (let waited = 0; waited < PATIENCE_MS && isAlive(pid); waited += 100) await wait(100);
	if (isAlive(pid)) signal(pid, 'SIGKILL');
}

/** Is there a host that kernels may be at work in? @param {string} data */
export function hostRuns(data) {
	const pid = hostPid(data);
	return pid !== null && isAlive(pid);
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
	try {
		process.kill(pid, name);
	} catch (error) {
		// ESRCH: it ended by itself between the question and the signal. EPERM: it is another user's,
		// a service that is stopped as such.
		const code = error instanceof Error && 'code' in error ? error.code : null;
		if (code !== 'ESRCH' && code !== 'EPERM') throw error;
	}
}

/** @param {string} data @returns {number | null} */
function hostPid(data) {
	const file = join(runtimeFolder(data), 'host.json');
	if (!existsSync(file)) return null;
	try {
		const pid = JSON.parse(readFileSync(file, 'utf8')).pid;
		return Number.isInteger(pid) && pid > 1 ? pid : null;
	} catch {
		// Half a file: its host never came up.
		return null;
	}
}

/** As in src/lib/server/jupyter/place.ts: a socket's path must be short. @param {string} data */
function runtimeFolder(data) {
	const wanted = process.env['TUNINGFORK_RUNTIME'] || join(data, 'run');
	if (process.platform === 'win32' || Buffer.byteLength(wanted) <= 86) return wanted;
	const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
	return join(tmpdir(), `tuningfork-${name}`);
}
