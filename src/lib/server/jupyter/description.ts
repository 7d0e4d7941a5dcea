/** What the host writes about itself into its runtime folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Must equal `VERSION` in `kernel/host/__init__.py`. */
export const HOST_VERSION = '3';

export interface HostDescription {
	readonly socket: string | null;
	readonly url: string | null;
	readonly token: string;
	readonly pid: number;
	/** Whether its kernels are started behind walls. */
	readonly walls: boolean;
	readonly version: string;
}

/** `null`: no host has written one, or it is not readable as one. */
export function readDescription(runtime: string): HostDescription | null {
	try {
		return parseDescription(readFileSync(join(runtime, 'host.json'), 'utf8'));
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

export function parseDescription(text: string): HostDescription | null {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof value !== 'object' || value === null) return null;
	const { socket, url, token, pid, version, walls } = value as Record<string, unknown>;
	if (typeof token !== 'string' || typeof pid !== 'number' || typeof version !== 'string')
		return null;
	if (typeof socket !== 'string' && typeof url !== 'string') return null;
	return {
		socket: typeof socket === 'string' ? socket : null,
		url: typeof url === 'string' ? url : null,
		token,
		pid,
		version,
		walls: walls === true
	};
}

export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return !isZombie(pid);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

/** Ended, but not yet collected by its parent, as happens in containers without an init. */
function isZombie(pid: number): boolean {
	if (process.platform !== 'linux') return false;
	try {
		return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
	} catch {
		return true;
	}
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
