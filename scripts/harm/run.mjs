/**
 * `npm run harm`: a class behind walls in which one learner sends everything that was ever found to
 * do harm, while one of the others trains and one prints. Says after each what became of them.
 *
 * It starts the built app with data of its own, without anybody who would start it again, and ends it.
 */
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBuilt } from '../bench/built.mjs';
import { joinLesson } from '../bench/class/learner.mjs';
import { isRoot, ordinaryUser } from '../bench/class/ordinary.mjs';
import { newAddress } from '../start/invite.mjs';
import { payloads } from './payloads.mjs';
import { Witness } from './witness.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const LESSON = '/lessons/01-fine-tune-in-five-minutes';
/** A harm that has not ended by then is interrupted. */
const PATIENCE_MS = 45_000;
const SECRET = 'what-bert-alone-may-see';
const TRAINING = `
from tuningfork import *
print(${JSON.stringify(SECRET)})
data = load_data("opinions", n=400, seed=1)
model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
train_data, val_data, _ = split(data, (0.6, 0.2, 0.2))
run = train(model, train_data, val_data, TrainConfig(num_train_epochs=10_000, eval_steps=500))
`;
const MENDING = `
import os, shutil
shutil.rmtree(os.path.expanduser("~/.ipython"), ignore_errors=True)
`;
const COUNTING = `
import itertools, time
for number in itertools.count():
    print(number, flush=True)
    time.sleep(0.05)
`;

/** @typedef {import('../bench/class/learner.mjs').Learner} Learner */
/** @typedef {import('./payloads.mjs').Payload} Payload */
/** @typedef {{ learner: Learner, witness: Witness, cell: string }} Person */

/** @param {import('../bench/built.mjs').Built} app @param {string} name @returns {Promise<Person>} */
async function come(app, name) {
	const witness = new Witness();
	const learner = await joinLesson(newAddress(app.data, app.url, name), (event) =>
		witness.hear(event)
	);
	witness.begin(learner.notebook());
	return { learner, witness, cell: learner.notebook().cells[1].id };
}

/** The kernel that came last has the folder that was not there before. @param {string} data */
function kernels(data) {
	return readdirSync(join(data, 'run', 'k'));
}

/**
 * Python runs again: by a restart, and where the learner has spoilt their own by a safe one, in which they
 * mend what they did.
 * @param {Person} anna
 */
async function mend(anna) {
	if (await restart(anna, {})) return;
	if (!(await restart(anna, { safe: true }))) throw new Error('Python does not start again');
	const { learner, witness, cell } = anna;
	const over = witness.ends(cell, 30_000);
	await learner.send(cell, MENDING);
	await over;
	await restart(anna, {});
}

/** Whether Python answers then. @param {Person} anna @param {{ safe?: true }} how */
async function restart({ learner, witness }, how) {
	witness.expectStart();
	await learner.command({ type: 'restart', ...how });
	return witness.starts(90_000);
}

/** @param {Person} anna @param {Payload} payload */
async function harm(anna, { source, restart }) {
	const { learner, witness, cell } = anna;
	const over = witness.ends(cell, PATIENCE_MS);
	await learner.send(cell, source);
	if (!(await over)) {
		const stopped = witness.ends(cell, 10_000);
		await learner.command({ type: 'interrupt' });
		await stopped;
	}
	if (restart || witness.isDead) await mend(anna);
}

/** What is not as it has to be. @param {Person} anna @param {Person[]} others @param {() => number} host */
async function look(anna, others, host) {
	const [bert, carl] = /** @type {[Person, Person]} */ (others);
	const wrong = [];
	const page = await anna.learner.read(LESSON);
	if (page.status !== 200) wrong.push(`the lesson’s page answers ${page.status}`);
	const before = [bert.learner.steps(), carl.witness.lines];
	for (let waited = 0; waited < 15_000; waited += 100) {
		if (bert.learner.steps() > before[0] && carl.witness.lines > before[1]) break;
		await wait(100);
	}
	if (bert.learner.steps() <= before[0]) wrong.push('the training of another stands still');
	if (carl.witness.lines <= before[1]) wrong.push('another’s print has stopped');
	for (const { witness } of others)
		if (witness.restarts > 0) wrong.push('another’s Python was started again');
	if (host() !== HOST.pid) wrong.push('the host was started again');
	if (anna.witness.text.includes(SECRET)) wrong.push('what another printed was heard');
	return wrong;
}

const HOST = { pid: 0 };

/** @param {import('../bench/built.mjs').Built} app */
async function play(app) {
	const host = () => Number(JSON.parse(readFileSync(join(app.data, 'run/host.json'), 'utf8')).pid);
	const bert = await come(app, 'bert');
	await bert.witness.starts(60_000);
	const [foreign = ''] = kernels(app.data);
	const [anna, carl] = [await come(app, 'anna'), await come(app, 'carl')];
	await Promise.all([anna.witness.starts(60_000), carl.witness.starts(60_000)]);
	HOST.pid = host();
	await carl.learner.send(carl.cell, COUNTING);
	await bert.learner.send(bert.cell, TRAINING);
	for (let waited = 0; bert.learner.steps() === 0 && waited < 60_000; waited += 100)
		await wait(100);
	let failures = 0;
	for (const payload of chosen(foreign)) {
		const begin = performance.now();
		const wrong = await harm(anna, payload)
			.then(() => look(anna, [bert, carl], host))
			.catch((/** @type {unknown} */ error) => [`the app does not answer (${error})`]);
		failures += wrong.length;
		const took = ((performance.now() - begin) / 1000).toFixed(1);
		console.log(
			`${wrong.length ? '✗' : '✓'} ${payload.name} (${took} s)${wrong.map((text) => `\n    ${text}`).join('')}`
		);
		if (wrong.some((text) => text.startsWith('the app'))) return failures;
	}
	failures += await count(carl);
	failures += await goesOn(anna);
	return failures;
}

/** All, or those of the numbers that are given, counted from 1: `--only 3,4`. @param {string} foreign */
function chosen(foreign) {
	const { values } = parseArgs({ options: { only: { type: 'string' } } });
	const only = values.only?.split(',').map(Number);
	return payloads(foreign).filter((_, index) => only?.includes(index + 1) ?? true);
}

/** Not one number is missing, in the whole text. @param {Person} carl */
async function count(carl) {
	const ended = carl.witness.ends(carl.cell, 10_000);
	await carl.learner.command({ type: 'interrupt' });
	await ended;
	const { execution, output } = carl.witness.printed;
	const path = `/api${LESSON}/texts/${execution}/${output}`;
	const text = await (await carl.learner.read(path)).text();
	const numbers = text.trim().split('\n').map(Number);
	const isWhole = numbers.length > 100 && numbers.every((number, index) => number === index);
	console.log(`${isWhole ? '✓' : '✗'} another printed ${numbers.length} lines, and all are there`);
	return isWhole ? 0 : 1;
}

/** @param {Person} anna */
async function goesOn(anna) {
	const { learner, witness, cell } = anna;
	const over = witness.ends(cell, 30_000);
	await learner.send(cell, '1+1');
	const outcome = await over;
	console.log(`${outcome === 'ok' ? '✓' : '✗'} whoever did all that can go on (${outcome})`);
	return outcome === 'ok' ? 0 : 1;
}

async function main() {
	const app = await startBuilt(ROOT, { TUNINGFORK_CLASS: '1', TUNINGFORK_WALLS: '1' });
	try {
		const failures = await play(app);
		console.log(`${failures} failures`);
		process.exitCode = failures > 0 ? 1 : 0;
	} finally {
		await app.stop();
	}
	// Streams of those who watched are still open.
	process.exit();
}

/** Walls do not hold root. */
async function asOrdinary() {
	const { user, before } = ordinaryUser(ROOT);
	const [program, ...args] = before;
	const folder = mkdtempSync(join(tmpdir(), 'tf-harm-'));
	try {
		chownSync(folder, user, user);
		const env = { ...process.env, HOME: folder, PYTHONDONTWRITEBYTECODE: '1' };
		const again = [...args, process.execPath, ...process.argv.slice(1)];
		const child = spawn(program, again, { cwd: ROOT, env, stdio: 'inherit' });
		process.exitCode = await new Promise((resolve) => child.once('close', resolve));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

await (isRoot() ? asOrdinary() : main());
