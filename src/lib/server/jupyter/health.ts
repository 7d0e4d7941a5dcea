/**
 * What the host says of itself and its kernels: the route `/api/health` of kernel/host/health.py.
 *
 * Loose outside, complete inside: a host of another version may say less. Sizes in bytes, times as
 * the host gives them: seconds.
 */
import { type HostDescription, isRunning, readDescription } from './description';
import type { Started } from './port';
import { type Settings, toStarted } from './rest';
import { restSettings } from './socket';

const PATIENCE_MS = 4000;

/** What a tree of processes uses. */
export interface ProcessReport {
	readonly pid: number | null;
	readonly memory: number | null;
	/** "pss": pages in common are shared out; "rss": they are counted in full. */
	readonly memoryIs: 'pss' | 'rss';
	/** Seconds of processor time since the start. */
	readonly cpu: number | null;
	readonly processes: number | null;
	/** Seconds since 1970. */
	readonly since: number | null;
	readonly isStopped: boolean;
}

export interface KernelReport extends ProcessReport {
	readonly id: string;
	readonly state: string;
	readonly started: Started | null;
	readonly coldBecause: string | null;
	readonly bound: number | null;
}

export interface HostReport {
	/** Seconds since 1970. */
	readonly at: number;
	readonly host: ProcessReport & { readonly version: string; readonly uid: number | null };
	readonly template: ProcessReport & {
		readonly kind: 'template' | 'pool';
		readonly whyNot: string | null;
	};
	/** `null`: it does not say (yet): the host tries its walls when it begins. */
	readonly walls: { readonly on: boolean | null; readonly tier: string | null };
	readonly kernels: readonly KernelReport[];
}

export type HostHealth =
	| { readonly state: 'running'; readonly report: HostReport }
	/** None was started yet, or it has ended. */
	| { readonly state: 'none' }
	| { readonly state: 'silent' };

/** The connection is made once for each host. */
let last: { readonly token: string; readonly settings: Settings } | null = null;

export async function hostHealth(runtime: string): Promise<HostHealth> {
	const host = readDescription(runtime);
	if (!host || !isRunning(host.pid)) return { state: 'none' };
	const { baseUrl, fetch } = settingsOf(host);
	try {
		const answer = await fetch(`${baseUrl}api/health`, {
			signal: AbortSignal.timeout(PATIENCE_MS)
		});
		const report = answer.ok ? toHostReport(await answer.json()) : null;
		return report ? { state: 'running', report } : { state: 'silent' };
	} catch {
		// Refused, cut off or too late: each means that nobody can be started there now.
		return { state: 'silent' };
	}
}

function settingsOf(host: HostDescription): Settings {
	if (last?.token !== host.token) last = { token: host.token, settings: restSettings(host) };
	return last.settings;
}

export function toHostReport(value: unknown): HostReport | null {
	const given = object(value);
	const at = number(given['at']);
	if (at === null) return null;
	const host = object(given['host']);
	const template = object(given['template']);
	const walls = object(given['walls']);
	return {
		at,
		host: {
			...toProcess(host),
			version: text(host['version']) ?? '',
			uid: number(host['uid'])
		},
		template: {
			...toProcess(template),
			kind: template['kind'] === 'pool' ? 'pool' : 'template',
			whyNot: text(template['why_not'])
		},
		walls: { on: flag(walls['on']), tier: text(walls['tier']) },
		kernels: list(given['kernels']).flatMap((one) => toKernel(object(one)))
	};
}

function toKernel(given: Loose): readonly KernelReport[] {
	const id = text(given['id']);
	if (id === null) return [];
	return [
		{
			...toProcess(given),
			id,
			state: text(given['state']) ?? 'unknown',
			started: toStarted(given['started']),
			coldBecause: text(given['cold_because']),
			bound: number(given['bound'])
		}
	];
}

function toProcess(given: Loose): ProcessReport {
	return {
		pid: number(given['pid']),
		memory: number(given['memory']),
		memoryIs: given['memory_is'] === 'pss' ? 'pss' : 'rss',
		cpu: number(given['cpu']),
		processes: number(given['processes']),
		since: number(given['since']),
		isStopped: given['stopped'] === true
	};
}

type Loose = Readonly<Record<string, unknown>>;

function object(value: unknown): Loose {
	return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | null {
	return typeof value === 'number' ? value : null;
}

function flag(value: unknown): boolean | null {
	return typeof value === 'boolean' ? value : null;
}

function text(value: unknown): string | null {
	return typeof value === 'string' ? value : null;
}
