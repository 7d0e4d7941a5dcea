/**
 * Kills a kernel, the template, the kernel host or the web process at a random moment, again and
 * again, while cells count, train and ask; then looks whether anything is lost.
 *
 *     npm run kills -- [--kills 500] [--apps 2] [--seed 1]
 *
 * After each kill: entries and lines of the journal follow each other without gap or double, every
 * learner's cell goes on (or its death is told with its cause, and one command starts it again), 1+1
 * is answered, and no process is left over.
 */
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { placeOf, ROOT } from '../setup/place.mjs';
import { say } from '../setup/say.mjs';
import { App, until } from './app.mjs';
import { Learner } from './learner.mjs';
import { dice } from './dice.mjs';

/** @typedef {import('./app.mjs').Kind} Kind */

const KINDS = /** @type {const} */ (['kernel', 'template', 'host', 'web']);
const LEARNERS = /** @type {const} */ ({ ada: 'trains', grace: 'counts', mary: 'asks' });
const MOMENT_MS = 700;
const FIRST_PORT = 4900;

const { values } = parseArgs({
	options: {
		kills: { type: 'string', default: '500' },
		apps: { type: 'string', default: '2' },
		seed: { type: 'string', default: String(Date.now() % 1_000_000) }
	}
});
const wanted = Number(values.kills);
const seed = Number(values.seed);
process.env['TUNINGFORK_PYTHON'] ??= placeOf(ROOT).venvPython;

/** @type {Record<Kind, number>} */
const done = { kernel: 0, template: 0, host: 0, web: 0 };
/** @type {string[]} */
const failures = [];
let left = wanted;
const began = Date.now();
say(`Seed ${seed}: ${wanted} kills in ${values.apps} installations.`);
await Promise.all(Array.from({ length: Number(values.apps) }, (_, at) => torment(at)));
const told = KINDS.map((kind) => `${done[kind]} × ${kind}`).join(', ');
say(`${told}; ${Math.round((Date.now() - began) / 1000)} s, ${failures.length} failures.`);
for (const failure of failures) say(failure);
process.exitCode = failures.length === 0 ? 0 : 1;

/** @param {number} at which installation */
async function torment(at) {
	const random = dice(seed + at);
	const app = new App(ROOT);
	/** @type {Learner[]} */
	const learners = [];
	try {
		await app.open(FIRST_PORT + 100 * at);
		for (const [name, work] of Object.entries(LEARNERS))
			learners.push(new Learner(app, name, work));
		await Promise.all(learners.map((learner) => learner.open()));
		while (left > 0 && failures.length < 5) {
			left -= 1;
			await once(app, learners, random);
		}
	} catch (error) {
		failures.push(`installation ${at}: ${error instanceof Error ? error.stack : error}`);
	} finally {
		await Promise.all(learners.map((learner) => learner.leave()));
		const remaining = await app.stop();
		if (remaining.length > 0)
			failures.push(`installation ${at}: ${remaining.length} processes after its end`);
	}
}

/** @param {App} app @param {readonly Learner[]} learners @param {() => number} random */
async function once(app, learners, random) {
	await wait(random() * MOMENT_MS);
	// A template that ends again and again is loaded after longer and longer pauses.
	const processes = app.processes();
	const there = KINDS.filter((one) => processes[one].length > 0);
	const kind = there[Math.floor(random() * there.length)] ?? 'web';
	const pids = processes[kind];
	const pid = pids[Math.floor(random() * pids.length)] ?? 0;
	const number = Object.values(done).reduce((a, b) => a + b, 0) + 1;
	const before = learners.map((learner) => learner.seq());
	try {
		await app.kill(pid, kind);
		await check(kind, learners, before);
		await until(
			() => leftover(app) === null,
			20_000,
			() => leftover(app) ?? ''
		);
		done[kind] += 1;
		tellProgress();
	} catch (error) {
		failures.push(
			`kill ${number}, ${kind} ${pid}: ${error instanceof Error ? error.message : error}`
		);
		throw error;
	}
}

function tellProgress() {
	const made = Object.values(done).reduce((a, b) => a + b, 0);
	if (made % 25 !== 0 || made === wanted) return;
	const rest = (((Date.now() - began) / made) * (wanted - made)) / 60_000;
	say(`${made} of ${wanted}, ${failures.length} failures, about ${Math.ceil(rest)} min left.`);
}

/** @param {Kind} kind @param {readonly Learner[]} learners @param {readonly number[]} before */
async function check(kind, learners, before) {
	const isDead = (/** @type {Learner} */ learner) => learner.kernel().phase === 'dead';
	if (kind === 'kernel')
		await until(
			() => learners.some(isDead),
			5000,
			() => 'No death was told.'
		);
	await Promise.all(
		learners.map(async (learner, at) => {
			if (kind === 'kernel' && isDead(learner)) {
				const [problem, ...more] = learner.problems(before[at] ?? 0);
				if (
					problem?.code !== 'kernel-killed' ||
					problem.detail?.signal !== 'SIGKILL' ||
					more.length
				)
					throw new Error(`The cause told is ${JSON.stringify([problem, ...more])}.`);
				refuse(learner);
				await learner.restart();
			} else {
				await learner.goesOn();
				const [problem] = learner.problems(before[at] ?? 0);
				if (problem) throw new Error(`A problem was told: ${JSON.stringify(problem)}.`);
			}
			await learner.answers();
			refuse(learner);
		})
	);
}

/** @param {Learner} learner */
function refuse(learner) {
	const complaint = learner.complaint();
	if (complaint) throw new Error(complaint);
}

/** A process that should not be there, or one that is missing. @param {App} app */
function leftover(app) {
	const found = app.processes();
	const right =
		found.web.length === 1 &&
		found.host.length === 1 &&
		found.template.length <= 1 &&
		found.kernel.length === Object.keys(LEARNERS).length;
	return right ? null : `Processes: ${JSON.stringify(found)}`;
}
