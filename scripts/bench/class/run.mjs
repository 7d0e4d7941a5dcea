/**
 * `npm run bench:class`: a class opens a lesson in the same moment and works; then some train, then
 * one does all the harm it can. Prints the tables; a full run also writes them to docs/benchmarks.md.
 *
 * It starts the built app with data of its own and ends it again, however it ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newAddress } from '../../start/invite.mjs';
import { startBuilt } from '../built.mjs';
import { computerInWords, loadNow, pythonInWords, waitForQuiet } from '../machine.mjs';
import { withSection } from '../page.mjs';
import { BenchFailure } from '../words.mjs';
import { bombs } from './bombs.mjs';
import { toSection } from './figures.mjs';
import { joinLesson } from './learner.mjs';
import { isRoot, resultFile, runAsOrdinary, stepAhead } from './ordinary.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const SMALL = 'sum(i * i for i in range(1000))';
const TRAINING = `
from tuningfork import *
data = load_data("opinions", n=1000, seed=1)
model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
train_data, val_data, _ = split(data, (0.6, 0.2, 0.2))
run = train(model, train_data, val_data, TrainConfig(num_train_epochs=10_000, eval_steps=50))
`;
const EVERY_S = 5;
/** Time for the trainings to load their model and begin. */
const WARM_MS = 5000;
/** Between two measurements: what the last one left ends. */
const SETTLE_MS = 2000;

const AHEAD = {
	yes: 'the app and the learners’ side of the bench go before kernels (`LimitRTPRIO=1`, docs/walls.md)',
	no: 'the app does not go before kernels (docs/walls.md)'
};

/** @typedef {import('./learner.mjs').Learner} Learner */

const { values: given } = parseArgs({
	options: {
		joins: { type: 'string', default: '60' },
		within: { type: 'string', default: '10' },
		learners: { type: 'string', default: '30' },
		trainers: { type: 'string', default: '3' },
		seconds: { type: 'string', default: '60' },
		bombs: { type: 'string', default: '20' },
		/** Only the bomb of this number, counted from 1. */
		bomb: { type: 'string', default: '' },
		walls: { type: 'string', default: '1' },
		starts: { type: 'string', default: '' }
	}
});
const number = (/** @type {string} */ text) => Number(text);
const [joins, within] = [number(given.joins), number(given.within)];
const [learners, trainers] = [number(given.learners), number(given.trainers)];
const [seconds, bombSeconds] = [number(given.seconds), number(given.bombs)];
const isWhole =
	[joins, within, learners, trainers].join() === '60,10,30,3' &&
	[seconds, bombSeconds, given.walls, given.bomb].join() === '60,20,1,';

/** @param {import('../built.mjs').Built} app @param {number} within seconds */
async function joinAll(app, within) {
	/** @type {string[]} */
	const errors = [];
	/** @type {Learner[]} */
	const class_ = [];
	/** @type {number[]} */
	const firsts = [];
	const begin = performance.now();
	/** @param {number} index */
	async function one(index) {
		await wait((index * within * 1000) / joins);
		const since = performance.now();
		try {
			const learner = await joinLesson(newAddress(app.data, app.url, `learner-${index + 1}`));
			class_.push(learner);
			await learner.run(learner.notebook().cells[0].id);
			firsts.push(performance.now() - since);
		} catch (error) {
			errors.push(`learner ${index + 1}: ${error instanceof Error ? error.message : error}`);
		}
	}
	await Promise.all(Array.from({ length: joins }, (_, index) => one(index)));
	const all = performance.now() - begin;
	const pages = class_.map(({ page }) => page);
	const farthest = Math.max(0, ...class_.map((one) => one.farthest()));
	return { class_, joined: { joins, within, errors, firsts, all, pages, farthest } };
}

/**
 * Each runs the small cell again and again, all of them evenly spread.
 * @param {readonly Learner[]} workers @param {string[]} errors
 * @param {number} [lasts] seconds
 */
async function work(workers, errors, lasts = seconds) {
	/** @type {number[]} */
	const times = [];
	const begin = performance.now();
	/** @param {Learner} learner @param {number} index */
	async function one(learner, index) {
		const cell = learner.notebook().cells[1].id;
		for (let due = (index * EVERY_S) / workers.length; due < lasts; due += EVERY_S) {
			await wait(Math.max(0, begin + due * 1000 - performance.now()));
			try {
				const ended = await learner.run(cell, SMALL);
				times.push(ended - begin - due * 1000);
			} catch (error) {
				errors.push(error instanceof Error ? error.message : String(error));
			}
		}
	}
	await Promise.all(workers.map(one));
	return times;
}

/** @param {readonly Learner[]} class_ */
async function workAndTrain(class_) {
	/** @type {string[]} */
	const errors = [];
	const workers = class_.slice(0, learners);
	const training = class_.slice(learners, learners + trainers);
	console.log(`${workers.length} work for ${seconds} s …`);
	const alone = await work(workers, errors);
	const cell = (/** @type {Learner} */ one) => one.notebook().cells[1].id;
	for (const one of training) await one.send(cell(one), TRAINING);
	await wait(WARM_MS);
	console.log(`The same while ${training.length} train …`);
	const before = training.map((one) => one.steps());
	const times = await work(workers, errors);
	const steps = training.map((one, index) => one.steps() - (before[index] ?? 0));
	if (steps.some((made) => made === 0)) errors.push('a training stood still');
	await interruptAll(training);
	const total = steps.reduce((sum, made) => sum + made, 0);
	const counts = { learners: workers.length, trainers: training.length, every: EVERY_S, seconds };
	return { ...counts, steps: total, times, alone, errors };
}

/** @param {readonly Learner[]} training */
async function interruptAll(training) {
	for (const one of training) await one.interrupt();
	await wait(SETTLE_MS);
}

/** Each goes on for longer than the others look on: it must not end before they do. */
function chosenBombs() {
	const all = bombs(bombSeconds + 1);
	return given.bomb ? all.slice(number(given.bomb) - 1, number(given.bomb)) : all;
}

/**
 * One more learner lets one bomb off after the other, with a time without before each.
 * @param {readonly Learner[]} class_
 */
async function workBesideBombs(class_) {
	/** @type {string[]} */
	const errors = [];
	const workers = class_.slice(0, learners);
	const bomber = class_[learners];
	if (!bomber) return null;
	const cell = bomber.notebook().cells[1].id;
	const parts = [];
	for (const { name, source } of chosenBombs()) {
		console.log(`Without and with: ${name} …`);
		const alone = await work(workers, errors, bombSeconds);
		const bomb = bomber.run(cell, source);
		await wait(500);
		const times = await work(workers, errors, bombSeconds);
		await bomb;
		await wait(SETTLE_MS);
		parts.push({ name, alone, times });
	}
	return { learners: workers.length, seconds: bombSeconds, parts, errors };
}

/** Variables of the app. @returns {Record<string, string>} */
function settings() {
	const starts = given.starts ? { TUNINGFORK_STARTS: given.starts } : {};
	return { ...starts, TUNINGFORK_CLASS: '1', TUNINGFORK_WALLS: given.walls };
}

/** @param {number} within @param {boolean} works */
async function oneClass(within, works) {
	const app = await startBuilt(ROOT, settings());
	try {
		// As in a class room: the app was started before the class came.
		await wait(15_000);
		console.log(`${joins} learners come within ${within} s …`);
		const { class_, joined } = await joinAll(app, within);
		const work = works ? await workAndTrain(class_) : null;
		const harm = works && bombSeconds > 0 ? await workBesideBombs(class_) : null;
		for (const learner of class_) learner.close();
		return { joined, work, harm };
	} finally {
		await app.stop();
	}
}

async function bench() {
	if (isWhole) await waitForQuiet();
	const before = loadNow();
	const isAhead = stepAhead(ROOT);
	const usual = await oneClass(within, learners > 0);
	const crowd = within > 0 ? [await oneClass(0, false)] : [];
	const loads = `${before.toFixed(1)} before, ${loadNow().toFixed(1)} at the end (its own work is part of it)`;
	const joined = [usual, ...crowd].map((one) => one.joined);
	const figures = { joined, work: usual.work, harm: usual.harm };
	return {
		figures,
		text: toSection(
			figures,
			[computerInWords(), pythonInWords(ROOT), AHEAD[isAhead ? 'yes' : 'no']],
			loads
		)
	};
}

/** @param {string} text */
function keep(text) {
	const file = join(ROOT, 'docs', 'benchmarks.md');
	writeFileSync(file, withSection(readFileSync(file, 'utf8'), 'class', text));
	console.log('Written to docs/benchmarks.md.');
}

async function main() {
	const { figures, text } = await bench();
	const parts = [...figures.joined, figures.work, figures.harm];
	const errors = parts.flatMap((part) => part?.errors ?? []);
	console.log(`\n${text}\n${errors.map((error) => `\n- ${error}`).join('')}`);
	if (errors.length > 0) process.exitCode = 1;
	else if (isWhole && resultFile) writeFileSync(resultFile, text);
	else if (isWhole) keep(text);
}

try {
	if (isRoot()) {
		const { code, text } = await runAsOrdinary(ROOT);
		if (text) keep(text);
		process.exitCode = code;
	} else await main();
} catch (error) {
	if (!(error instanceof BenchFailure)) throw error;
	console.error(error.message);
	process.exitCode = 1;
}
