/** Where this installation lives and keeps its data. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(process.env['TUNINGFORK_ROOT'] ?? process.cwd());
export const DATA = resolve(process.env['TUNINGFORK_DATA'] ?? join(ROOT, 'data'));

/** A folder below the data folder, made if need be; only its owner may look inside. */
export function dataFolder(...parts: readonly string[]): string {
	const folder = join(DATA, ...parts);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return folder;
}
