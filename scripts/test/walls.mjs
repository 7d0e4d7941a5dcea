/** bubblewrap, without which the tests of the kernels' walls fail. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { noWalls } from '../setup/trouble.mjs';
import { installPackage, mayInstall } from './debian.mjs';

const PROGRAM = 'bwrap';

/** @param {import('../setup/place.mjs').Place} place */
export async function ensureWalls(place) {
	if (process.platform !== 'linux' || isThere(process.env)) return;
	if (!mayInstall()) throw noWalls();
	await installPackage(place, {
		name: 'bubblewrap',
		what: 'walls around kernels',
		size: 'less than 1 MB to download',
		needMb: 10
	});
}

/** @param {NodeJS.ProcessEnv} env */
export function isThere(env) {
	const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
	return folders.some((folder) => isProgram(join(folder, PROGRAM)));
}

/** @param {string} path */
function isProgram(path) {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
