/**
 * Whether the app may be used now, and if not, why. Pure.
 *
 * Everything that a restart or more computers would not mend is left out: a supervisor that reads
 * this takes the app out of service, so it must mean that.
 */
import type { Check, DatabaseFacts, DiskFacts, WallsFacts } from '$lib/protocol/health';

/** With less room the next training or copy of the database may fail. Bytes. */
export const LEAST_FREE = 200 * 2 ** 20;

export interface Found {
	readonly database: DatabaseFacts;
	readonly disk: DiskFacts;
	readonly host: 'running' | 'none' | 'silent';
	readonly walls: WallsFacts;
	readonly isStopping: boolean;
}

export function checksOf(found: Found): readonly Check[] {
	return [
		checkDatabase(found.database),
		checkDisk(found.disk),
		checkHost(found.host),
		...(found.walls.isClass ? [checkWalls(found.walls)] : []),
		...(found.isStopping ? [STOPPING] : [])
	];
}

export function isReady(checks: readonly Check[]): boolean {
	return checks.every(({ ok }) => ok);
}

/** One line for each. */
export function readyText(checks: readonly Check[]): string {
	return checks.map(({ name, ok, words }) => `${ok ? 'ok' : 'not'} ${name}: ${words}\n`).join('');
}

const STOPPING: Check = {
	name: 'stopping',
	ok: false,
	words: 'the app is being stopped; kernels go on'
};

function checkDatabase({ problem }: DatabaseFacts): Check {
	const name = 'database';
	if (problem === null) return { name, ok: true, words: 'it can be read and written' };
	const words = `it cannot be used (${problem}); every page of the app says how to put a copy in its place`;
	return { name, ok: false, words };
}

function checkDisk({ free }: DiskFacts): Check {
	const name = 'disk';
	if (free === null) return { name, ok: true, words: 'this system does not tell how much is free' };
	const room = `${Math.round(free / 2 ** 20)} MB are free`;
	if (free >= LEAST_FREE) return { name, ok: true, words: room };
	const words = `only ${room}; delete what nobody needs, or move the data folder to a larger disk`;
	return { name, ok: false, words };
}

function checkHost(host: Found['host']): Check {
	const name = 'host';
	switch (host) {
		case 'running':
			return { name, ok: true, words: 'it answers' };
		case 'none':
			return {
				name,
				ok: true,
				words: 'it is not running; the first lesson that is opened starts it'
			};
		case 'silent':
			return {
				name,
				ok: false,
				words:
					'its process is there but does not answer; if that lasts, stop the app and start it again'
			};
	}
}

/** Tiers that keep the learners of a class apart: kernel/host/walls/tiers.py. */
const FIT = ['full', 'walls'];

function checkWalls({ on, isWaived, tier }: WallsFacts): Check {
	const name = 'walls';
	const fits = on !== false && (tier === null || FIT.includes(tier));
	if (fits && !isWaived) return { name, ok: true, words: `tier ${tier ?? 'not yet known'}` };
	const words = isWaived
		? 'not fit for a class, which was accepted at the start: learners may read each other’s work'
		: 'they do not keep learners apart although this is a class; stop the app and start it again';
	return { name, ok: isWaived, words };
}
