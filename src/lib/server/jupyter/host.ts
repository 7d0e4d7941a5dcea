/**
 * The host process: found if it runs, started if it does not, watched while it is used.
 *
 * It is started in a session of its own, so it outlives this process however that ends; the next
 * web process finds it by the description in the runtime folder. Knows processes and files, not
 * kernels.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type HostDescription, HOST_VERSION, isRunning, readDescription } from './description';
import { JupyterFailure } from './failure';
import { lastLines } from './log';
import { type HostPlace, makePrivate } from './place';
import { restSettings } from './socket';

const START_MS = 20_000;
const STOP_MS = 8_000;
const LOOK_EVERY_MS = 40;
const RETRY_MS = 250;
const WATCH_EVERY_MS = 500;
/** The host's exit code when another host holds the runtime folder. */
const TAKEN = 3;
/** The first version whose kernels go on without it. */
const FIRST_LASTING = 3;

export async function ensureHost(place: HostPlace): Promise<HostDescription> {
	if (place.isService) return findService(place);
	makePrivate(place.runtime);
	const found = await findHost(place.runtime);
	if (found?.version === HOST_VERSION && found.walls === place.walls) return found;
	if (found) await (handsOver(found, place) ? killHost(found) : stopHost(found));
	return startHost(place);
}

/** Its kernels outlive it, and the next host can take them over. */
function handsOver(host: HostDescription, place: HostPlace): boolean {
	const lasting = Number(host.version) >= FIRST_LASTING && process.platform !== 'win32';
	return lasting && host.walls === place.walls;
}

/** Without a word to its kernels. */
async function killHost(host: HostDescription): Promise<void> {
	signal(host.pid, 'SIGKILL');
	for (const until = Date.now() + STOP_MS; Date.now() < until; await wait(LOOK_EVERY_MS))
		if (!isRunning(host.pid)) return;
}

async function findService(place: HostPlace): Promise<HostDescription> {
	const found = await findHost(place.runtime);
	if (found?.version === HOST_VERSION && found.walls === place.walls) return found;
	const why = found
		? 'The kernel host is of another version, or its walls are not as they should be. Restart its service.'
		: `No kernel host answers in ${place.runtime}. Start its service; docs/walls.md says how it is made.`;
	throw new JupyterFailure('host-not-started', why);
}

/** The host that runs and answers, or `null`. */
export async function findHost(runtime: string): Promise<HostDescription | null> {
	const host = readDescription(runtime);
	return host && isRunning(host.pid) && (await answers(host)) ? host : null;
}

export async function stopHost(host: HostDescription): Promise<void> {
	signal(host.pid, 'SIGTERM');
	for (const until = Date.now() + STOP_MS; Date.now() < until; await wait(LOOK_EVERY_MS))
		if (!isRunning(host.pid)) return;
	signal(host.pid, 'SIGKILL');
}

/** Calls `died` once, within a second of the process's end. Returns a function that stops watching. */
export function watchHost(host: HostDescription, died: (detail: string) => void): () => void {
	const timer = setInterval(() => {
		if (isRunning(host.pid)) return;
		clearInterval(timer);
		died(endings.get(host.pid) ?? `process ${host.pid} has ended`);
	}, WATCH_EVERY_MS);
	timer.unref();
	return () => clearInterval(timer);
}

/** How hosts that this process started have ended, by process id. */
const endings = new Map<number, string>();

async function startHost(place: HostPlace): Promise<HostDescription> {
	if (!existsSync(place.python))
		throw new JupyterFailure('no-python', `There is no Python at ${place.python}.`);
	let attempt = launch(place);
	for (const until = Date.now() + START_MS; Date.now() < until; await wait(LOOK_EVERY_MS)) {
		const host = await findHost(place.runtime);
		if (host) return host;
		const { ending } = attempt;
		if (ending !== null && ending !== TAKEN) throw notStarted(place, ending);
		// Another process starts a host just now, or an old host is still leaving.
		if (ending === TAKEN) attempt = await wait(RETRY_MS).then(() => launch(place));
	}
	if (attempt.child.pid !== undefined) signal(attempt.child.pid, 'SIGKILL');
	throw new JupyterFailure(
		'host-silent',
		`The kernel host did not answer within ${START_MS / 1000} seconds.`,
		lastLines(logPath(place))
	);
}

interface Attempt {
	readonly child: ChildProcess;
	/** Exit code, signal or error; `null` while it runs. */
	ending: number | string | null;
}

function launch(place: HostPlace): Attempt {
	const log = openLog(place);
	const child = spawn(place.python, ['-m', 'host', '--runtime', place.runtime], {
		cwd: place.runtime,
		detached: true,
		windowsHide: true,
		stdio: ['ignore', log, log],
		env: environment(place)
	});
	closeSync(log);
	child.unref();
	return watchExit(child);
}

function watchExit(child: ChildProcess): Attempt {
	const attempt: Attempt = { child, ending: null };
	child.on('error', (error) => (attempt.ending = error.message));
	child.on('exit', (code, name) => {
		attempt.ending = code ?? name ?? 'unknown';
		if (child.pid !== undefined) endings.set(child.pid, wordsFor(attempt.ending));
	});
	return attempt;
}

function wordsFor(ending: number | string): string {
	return typeof ending === 'number' ? `exit code ${ending}` : `ended by ${ending}`;
}

function environment(place: HostPlace): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|PYTHON)/.test(name));
	return { ...Object.fromEntries(kept), PYTHONPATH: place.kernelFolder, PYTHONUNBUFFERED: '1' };
}

function openLog(place: HostPlace): number {
	const path = logPath(place);
	if (existsSync(path)) renameSync(path, `${path}.old`);
	return openSync(path, 'w', 0o600);
}

function logPath(place: HostPlace): string {
	return join(place.runtime, 'host.log');
}

function notStarted(place: HostPlace, ending: number | string): JupyterFailure {
	const message = `The kernel host could not start (${wordsFor(ending)}).`;
	return new JupyterFailure('host-not-started', message, lastLines(logPath(place)));
}

async function answers(host: HostDescription): Promise<boolean> {
	const { baseUrl, fetch } = restSettings(host);
	try {
		const response = await fetch(`${baseUrl}api/status`, { signal: AbortSignal.timeout(2000) });
		return response.ok;
	} catch {
		return false;
	}
}

function signal(pid: number, name: NodeJS.Signals): void {
	if (isRunning(pid)) process.kill(pid, name);
}
