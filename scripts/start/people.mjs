/**
 * The people of a class, and addresses for them. Each is a file `people/<learner>.json` in the data folder:
 * making it is what decides, so two terminals never give one name to two people.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { badName } from './trouble.mjs';

/** The teacher's own work; a learner's id is part of a folder's path and of a key. */
export const TEACHER = 'teacher';
/** Work of these ids is somebody's already: the one person who was alone here, and who teaches. */
const TAKEN = new Set(['me', TEACHER]);
const LONGEST_NAME = 40;
const LONGEST_ID = 32;

/** @typedef {{ learner: string, name: string | null, isKnown: boolean }} Member */

/** Somebody new, without a name. @param {string} data @returns {Member} */
export function newMember(data) {
	for (let number = 1; ; number += 1) {
		const learner = `learner-${number}`;
		if (note(data, learner, null)) return { learner, name: null, isKnown: false };
	}
}

/**
 * Whoever has this name here, or somebody new.
 * @param {string} data @param {string} given @returns {Member}
 */
export function memberNamed(data, given) {
	const name = plainName(given);
	const base = idOf(name);
	for (let number = 1; ; number += 1) {
		const learner = number === 1 ? base : `${base}-${number}`;
		const known = nameOf(data, learner);
		if (known !== null && fold(known) === fold(name))
			return { learner, name: known, isKnown: true };
		if (!TAKEN.has(learner) && note(data, learner, name)) return { learner, name, isKnown: false };
	}
}

/** @param {string} given */
function plainName(given) {
	const name = given.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
	// Control characters, and those that turn the direction of what stands beside them.
	if (name === '' || [...name].length > LONGEST_NAME || /[\p{C}\p{Zl}\p{Zp}]/u.test(name))
		throw badName(LONGEST_NAME);
	return name;
}

/** @param {string} name */
function fold(name) {
	return name.normalize('NFKC').toLowerCase();
}

/** @param {string} name */
function idOf(name) {
	const letters = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
	const id = letters.replaceAll(/[^a-z0-9]+/g, '-').slice(0, LONGEST_ID);
	return id.replaceAll(/^-+|-+$/g, '') || 'learner';
}

/** @param {string} data @param {string} learner */
function file(data, learner) {
	return join(data, 'people', `${learner}.json`);
}

/** `false`: there is work under this id already. @param {string} data @param {string} learner @param {string | null} name */
function note(data, learner, name) {
	const about = file(data, learner);
	// Work of somebody of whom nothing is noted is not given to another one.
	if (!existsSync(about) && existsSync(join(data, 'work', learner))) return false;
	mkdirSync(join(data, 'people'), { recursive: true, mode: 0o700 });
	try {
		const text = JSON.stringify({ name, created: new Date().toISOString() });
		writeFileSync(about, text, { flag: 'wx', mode: 0o600 });
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
		throw error;
	}
}

/** @param {string} data @param {string} learner @returns {string | null} */
function nameOf(data, learner) {
	try {
		return JSON.parse(readFileSync(file(data, learner), 'utf8')).name ?? null;
	} catch {
		// Nobody of that id, or half a file of a machine that lost power: its id stays taken.
		return null;
	}
}
