/**
 * Whether kernels get walls: from what was asked for and what the doctor found here. Walls are needed for
 * a class; somebody alone may have them.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { say } from '../setup/say.mjs';
import { WAIVER } from './options.mjs';
import {
	doctorSilent,
	noWallsHere,
	notFitForClass,
	waiverNeedsClass,
	wallsElsewhere
} from './trouble.mjs';

const PATIENCE_MS = 60_000;

/** @typedef {import('./options.mjs').Options} Options */

/**
 * What the doctor says: kernel/host/walls/doctor.py.
 * @typedef {object} Found
 * @property {string} name of the tier
 * @property {boolean} fit_for_class
 * @property {string} words
 * @property {{ name: string, ok: boolean, found: string, remedy: string }[]} trials
 */

/**
 * @typedef {object} Walls
 * @property {boolean} on
 * @property {boolean} isClass
 * @property {boolean} isWaived a class that does without what it needs
 * @property {boolean} isWeak there are walls, but somebody may get through
 * @property {string | null} tier null: nobody asked
 */

/** @type {Walls} */
export const NO_WALLS = { on: false, isClass: false, isWaived: false, isWeak: false, tier: null };

/** @param {import('../setup/place.mjs').Place} place @param {Options} options @returns {Promise<Walls>} */
export async function wallsFor(place, options) {
	if (!options.isClass && !options.walls && !options.waived) return NO_WALLS;
	if (options.waived && !options.isClass) throw waiverNeedsClass(WAIVER);
	if (process.env['TUNINGFORK_JUPYTER_URL'] && !options.waived) throw wallsElsewhere();
	say('Trying the walls around kernels on this computer (about three seconds).');
	const walls = decideWalls(options, await askDoctor(place));
	say(inWords(walls));
	return walls;
}

/** Pure. @param {Options} options @param {Found} found @returns {Walls} */
export function decideWalls({ isClass, waived }, found) {
	const on = found.name !== 'none';
	const isWeak = on && !found.fit_for_class;
	const walls = { on, isClass, isWaived: false, isWeak, tier: found.name };
	if (isClass && !found.fit_for_class) {
		if (!waived) throw notFitForClass(found.words, missing(found), WAIVER);
		return { ...walls, isWaived: true };
	}
	if (!walls.on) throw noWallsHere(found.words, missing(found));
	return walls;
}

/** @param {Found} found */
function missing({ trials }) {
	return [...new Set(trials.flatMap(({ ok, remedy }) => (ok || !remedy ? [] : [remedy])))];
}

/** @param {Walls} walls */
function inWords({ isWaived, on, tier }) {
	if (!isWaived)
		return `Kernels are walled in: tier “${tier}”. docs/walls.md says what that means.`;
	const what = on ? `weak walls (tier “${tier}”)` : 'NO walls';
	return `\n  This class runs with ${what}, as you asked. Every learner’s code may be able to read and change\n  every other learner’s work, the database and the keys.\n`;
}

/** @param {import('../setup/place.mjs').Place} place @returns {Promise<Found>} */
async function askDoctor(place) {
	const python = process.env['TUNINGFORK_PYTHON'] || place.venvPython;
	const said = await run(python, [join(place.root, 'kernel', 'doctor.py'), '--json']);
	try {
		const found = JSON.parse(said);
		if (typeof found.name === 'string' && Array.isArray(found.trials)) return found;
	} catch {
		// It said something else, or nothing: its words are shown.
	}
	throw doctorSilent(said.trim().split('\n').slice(-12));
}

/** What a program prints, however it ends. @param {string} program @param {readonly string[]} args @returns {Promise<string>} */
function run(program, args) {
	return new Promise((resolve) => {
		const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
		let out = '';
		let errors = '';
		child.stdout.on('data', (text) => (out += text));
		child.stderr.on('data', (text) => (errors += text));
		child.on('error', (error) => resolve(error.message));
		child.on('close', () => resolve(out || errors));
	});
}
