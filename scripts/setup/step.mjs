/**
 * One step of set-up: done only when what it depends on has changed, announced in plain words, checked
 * for room before it starts, and redone from the beginning if the last attempt was cut off.
 */
import { join } from 'node:path';
import { isStopping, runLogged } from './child.mjs';
import { diagnose } from './diagnose.mjs';
import { checkRoom, freeMegabytes } from './disk.mjs';
import { say, working } from './say.mjs';
import { stamps } from './stamp.mjs';
import { stopped } from './trouble.mjs';

/** @typedef {{ command: string, args: readonly string[], env?: NodeJS.ProcessEnv }} Command */

/**
 * @typedef {object} Step
 * @property {string} name of its stamp and its log
 * @property {string} title what it does, as the end of "Next: …"
 * @property {string} takes how much it downloads and how long that may take
 * @property {number} needMb free disk it needs
 * @property {() => string} print fingerprint of all that it depends on
 * @property {() => boolean} isWhole is its result still there?
 * @property {() => boolean} [alreadyThere] has somebody done it by hand?
 * @property {() => void} [clear] removes what a cut-off attempt left
 * @property {() => readonly Command[]} commands
 * @property {RegExp} [spoiled] what it prints when its result is broken, although it ends as if all were well
 * @property {RegExp} [hush] lines that would only confuse as a sign of life
 * @property {(tail: readonly string[]) => boolean} [changedNothing] did the failed attempt leave everything as it was?
 */

/** @param {import('./place.mjs').Place} place @param {Step} step @returns {Promise<boolean>} was there anything to do? */
export async function perform(place, step) {
	const marks = stamps(place.stamps);
	const print = step.print();
	const interrupted = marks.wasInterrupted(step.name);
	if (!interrupted && step.isWhole() && marks.isDone(step.name, print)) return false;
	if (!interrupted && step.alreadyThere?.() === true) {
		marks.finish(step.name, print);
		return false;
	}
	if (isStopping()) throw stopped(step.title);
	say(`Next: ${step.title} (${step.takes}).`);
	if (interrupted) say('      The last attempt did not finish, so this step starts afresh.');
	checkRoom(place.root, step.title, step.needMb);
	if (interrupted) step.clear?.();
	// Asked before the step begins: what it needs may be missing, and then nothing was touched.
	const commands = step.commands();
	marks.begin(step.name);
	await runAll(place, step, commands);
	marks.finish(step.name, print);
	return true;
}

/** @param {import('./place.mjs').Place} place @param {Step} step @param {readonly Command[]} commands */
async function runAll(place, step, commands) {
	const log = join(place.logs, `${step.name}.log`);
	const sign = working();
	for (const { command, args, env } of commands) {
		const line = (/** @type {string} */ text) => {
			if (step.hush?.test(text) !== true) sign.line(text);
		};
		const options = { cwd: place.root, log, line, ...(env === undefined ? {} : { env }) };
		const run = await runLogged(command, args, options);
		const spoiled = run.tail.some((text) => step.spoiled?.test(text) === true);
		if (run.code === 0 && !spoiled) continue;
		sign.end(isStopping() ? 'stopped after' : 'failed after');
		if (isStopping()) throw stopped(step.title);
		if (step.changedNothing?.(run.tail) === true) stamps(place.stamps).giveUp(step.name);
		const freeMb = freeMegabytes(place.root);
		throw diagnose(
			{ step: step.title, folder: place.root, needMb: step.needMb, freeMb, log },
			run.tail
		);
	}
	sign.end('done in');
}
