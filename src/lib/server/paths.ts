/** Where this installation lives and keeps its data. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(process.env['TUNINGFORK_ROOT'] ?? process.cwd());
export const DATA = resolve(process.env['TUNINGFORK_DATA'] ?? join(ROOT, 'data'));

/** What the folders that cells work in lie below. */
export const WORK = process.env['TUNINGFORK_WORK'] || join(DATA, 'work');

/** A folder below the data folder, made if need be; only its owner may look inside. */
export function dataFolder(...parts: readonly string[]): string {
	const folder = join(DATA, ...parts);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return folder;
}

/**
 * Where a learner's cells work. Below the data folder, or where the variable says: kernels of another
 * user cannot reach into the data folder, and make the folder themselves.
 */
export function workFolder(learner: string, lesson: string): string {
	const apart = process.env['TUNINGFORK_WORK'];
	return apart ? join(apart, learner, lesson) : dataFolder('work', learner, lesson);
}
