/** Where things are: the project folder, and what set-up keeps inside it. */
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const WINDOWS = process.platform === 'win32';

/** @param {string} root */
export function placeOf(root) {
	const venvBin = join(root, '.venv', WINDOWS ? 'Scripts' : 'bin');
	return {
		root,
		stamps: join(root, '.cache', 'setup'),
		logs: join(root, '.cache', 'setup', 'logs'),
		temporary: join(root, '.cache', 'setup', 'tmp'),
		node: join(root, '.node'),
		modules: join(root, 'node_modules'),
		venv: join(root, '.venv'),
		venvBin,
		venvPython: join(venvBin, WINDOWS ? 'python.exe' : 'python')
	};
}

/** @typedef {ReturnType<typeof placeOf>} Place */

/** The environment in which a tool of this project is found by its name. @param {Place} place */
export function toolEnvironment(place) {
	const path = [
		dirname(process.execPath),
		join(place.modules, '.bin'),
		place.venvBin,
		process.env['PATH'] ?? ''
	];
	return { ...process.env, PATH: path.join(delimiter) };
}
