/**
 * Every check and every test, one stage after the other. A stage that fails does not stop the
 * others; the last line says how many passed and failed.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isStopping, runShown } from '../setup/child.mjs';
import { toolEnvironment } from '../setup/place.mjs';
import { say, seconds } from '../setup/say.mjs';
import { inWords, Trouble } from '../setup/trouble.mjs';
import { ensureBrowser } from './browser.mjs';
import { everyStage, quickStages } from './stages.mjs';
import { ensureWalls } from './walls.mjs';

/** @typedef {import('../setup/place.mjs').Place} Place */
/** @typedef {import('./count.mjs').Count} Count */
/** @typedef {import('./stages.mjs').Stage} Stage */

const ONE_THREAD = {
	// Two threads on two busy cores are many times slower than one.
	OMP_NUM_THREADS: '1',
	OMP_WAIT_POLICY: 'PASSIVE',
	TOKENIZERS_PARALLELISM: 'false'
};

/** @param {Place} place @param {readonly string[]} only names of stages; none: all @returns {Promise<number>} */
export async function everything(place, only) {
	const reports = freshReports(place);
	const stages = everyStage(reports).filter(({ name }) => only.length === 0 || only.includes(name));
	if (stages.some(({ needsWalls }) => needsWalls)) await wallsOrWords(place);
	const browser = stages.some(({ needsBrowser }) => needsBrowser)
		? await browserOrWords(place)
		: '';
	return runStages(place, stages, browser === null ? {} : { CHROMIUM: browser });
}

/** Without the slow ones: what a person runs before a commit. @param {Place} place @returns {Promise<number>} */
export async function quick(place) {
	await wallsOrWords(place);
	return runStages(place, quickStages(freshReports(place)), {});
}

/** Without a browser the stages that need one fail, and all others still run. @param {Place} place */
async function browserOrWords(place) {
	try {
		return await ensureBrowser(place);
	} catch (error) {
		if (!(error instanceof Trouble)) throw error;
		say(inWords(error));
		return null;
	}
}

/** Without bubblewrap the tests that need it fail and say so. @param {Place} place */
async function wallsOrWords(place) {
	try {
		await ensureWalls(place);
	} catch (error) {
		if (!(error instanceof Trouble)) throw error;
		say(inWords(error));
	}
}

/** @param {Place} place */
function freshReports(place) {
	const reports = join(place.root, 'test-results');
	rmSync(reports, { recursive: true, force: true });
	mkdirSync(reports, { recursive: true });
	return reports;
}

/** @param {Place} place @param {readonly Stage[]} stages @param {NodeJS.ProcessEnv} env */
async function runStages(place, stages, env) {
	/** @type {Count} */
	let total = { passed: 0, failed: 0 };
	/** @type {string[]} */
	const lines = [];
	const started = Date.now();
	for (const stage of stages) {
		if (isStopping()) break;
		say(`\n── ${stage.name} ──`);
		const began = Date.now();
		const count = await runStage(place, stage, env);
		total = { passed: total.passed + count.passed, failed: total.failed + count.failed };
		lines.push(
			`${count.failed ? '✗' : '✓'} ${stage.name}: ${count.passed} passed, ${count.failed} failed, ${seconds(began)}`
		);
		say(lines.at(-1) ?? '');
	}
	say(`\n${lines.join('\n')}\nAll of it took ${seconds(started)}.\n`);
	if (isStopping()) {
		say('Stopped before the end.');
		return 130;
	}
	say(`${total.passed} passed, ${total.failed} failed`);
	return total.failed > 0 ? 1 : 0;
}

/** @param {Place} place @param {Stage} stage @param {NodeJS.ProcessEnv} env @returns {Promise<Count>} */
async function runStage(place, stage, env) {
	const [program, ...args] = stage.command;
	const code = await runShown(program, args, {
		cwd: place.root,
		env: { ...toolEnvironment(place), ...env, ...ONE_THREAD, ...stage.env }
	});
	if (code === 'not-found') say(`${program} is not installed.`);
	return judge(code, stage.count);
}

/**
 * A stage without a report is one test. A runner that failed without a failed test, or that reports
 * nothing, broke somewhere else, and that counts.
 * @param {number | string} code @param {(() => Count | null) | undefined} count @returns {Count}
 */
export function judge(code, count) {
	if (count === undefined) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
	const found = count();
	if (found === null || found.passed + found.failed === 0) return { passed: 0, failed: 1 };
	return code !== 0 && found.failed === 0 ? { ...found, failed: 1 } : found;
}
