/**
 * Remembers which steps are done, and with what. A stamp holds the fingerprint of everything a step
 * depends on; it is written last and in one move, so an interrupted step never looks finished.
 */
import { createHash } from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	readFileSync,
	readdirSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { join, relative } from 'node:path';

/** @param {string} folder where stamps are kept */
export function stamps(folder) {
	const file = (/** @type {string} */ name) => join(folder, `${name}.done`);
	const begun = (/** @type {string} */ name) => join(folder, `${name}.begun`);
	return {
		/** @param {string} name @param {string} print */
		isDone: (name, print) => read(file(name)) === print,
		/** True when the step was begun and neither finished nor given up cleanly. @param {string} name */
		wasInterrupted: (name) => existsSync(begun(name)),
		/** @param {string} name */
		begin(name) {
			mkdirSync(folder, { recursive: true });
			writeFileSync(begun(name), '');
			rmSync(file(name), { force: true });
		},
		/** The step failed before it changed anything. @param {string} name */
		giveUp: (name) => rmSync(begun(name), { force: true }),
		/** @param {string} name @param {string} print */
		finish(name, print) {
			mkdirSync(folder, { recursive: true });
			writeFileSync(`${file(name)}.new`, print);
			renameSync(`${file(name)}.new`, file(name));
			rmSync(begun(name), { force: true });
		}
	};
}

/**
 * One fingerprint of some words and of every file under some paths (names and contents).
 * @param {string} root @param {readonly string[]} paths @param {readonly string[]} words
 */
export function fingerprint(root, paths, words = []) {
	const hash = createHash('sha256');
	for (const word of words) hash.update(`word ${word}\n`);
	for (const path of paths) {
		for (const file of filesUnder(join(root, path))) {
			const content = readFileSync(file);
			hash.update(`file ${relative(root, file)} ${content.length}\n`);
			hash.update(content);
		}
	}
	return hash.digest('hex');
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
	if (!existsSync(path)) return [];
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.filter((name) => name !== '__pycache__' && !name.startsWith('.'))
		.sort()
		.flatMap((name) => filesUnder(join(path, name)));
}

/** @param {string} path */
function read(path) {
	return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
