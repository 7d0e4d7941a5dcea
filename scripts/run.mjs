/**
 * What every npm script of this project goes through: it sees to it that what a command needs is
 * there, and then carries the command out. Needs nothing but Node.js 18, so it runs on a fresh clone.
 */
import { isStopping, onStop, runShown, stopChildren } from './setup/child.mjs';
import { diagnoseError } from './setup/diagnose.mjs';
import { againWith, ensureNode } from './setup/node.mjs';
import { placeOf, ROOT, toolEnvironment } from './setup/place.mjs';
import { say } from './setup/say.mjs';
import { setUp } from './setup/setup.mjs';
import { inWords, Trouble } from './setup/trouble.mjs';
import { develop } from './start/dev.mjs';
import { readOptions } from './start/options.mjs';
import { address, start, stop, tellIfRunning } from './start/start.mjs';
import { wallsFor } from './start/walls.mjs';

const place = placeOf(ROOT);
const node = process.execPath;

/** @type {Record<string, (args: readonly string[]) => Promise<number>>} */
const COMMANDS = {
	async start(args) {
		const options = readOptions(args, process.env);
		// Before set-up: a new build must not replace the files of an app that is running.
		if (await tellIfRunning(ROOT, options)) return 0;
		if (options.setUp) await setUp(place, { node, checks: false, build: true });
		if (isStopping()) return 130;
		return start(ROOT, options, await wallsFor(place, options));
	},
	address: (args) => address(ROOT, args),
	stop: () => stop(ROOT),
	dev: (args) => develop(place, args),
	async test(args) {
		await setUp(place, { node, checks: true, build: false });
		const { everything } = await import('./test/run.mjs');
		return everything(place, args);
	},
	async verify() {
		await setUp(place, { node, checks: true, build: false });
		const { quick } = await import('./test/run.mjs');
		return quick(place);
	},
	async format() {
		await setUp(place, { node, checks: true, build: false });
		const web = await tool(['prettier', '--write', '.']);
		const python = await tool(['ruff', 'format', 'kernel', 'scripts']);
		return Math.max(web, python);
	},
	async check() {
		const sync = await tool(['svelte-kit', 'sync']);
		return sync || tool(['svelte-check', '--tsconfig', './tsconfig.json']);
	},
	tool
};

/** A program of node_modules or of the Python environment, with the right Node.js. @param {readonly string[]} args */
async function tool([program = '', ...rest]) {
	const code = await runShown(program, rest, { cwd: ROOT, env: toolEnvironment(place) });
	if (code === 'not-found')
		say(`${program} is not installed. Run npm test once: it installs what is missing.`);
	return typeof code === 'number' ? code : 1;
}

/** @returns {Promise<number>} */
async function main() {
	const [name = 'start', ...args] = process.argv.slice(2);
	const command = COMMANDS[name];
	if (command === undefined) {
		say(`There is no command “${name}”. There are: ${Object.keys(COMMANDS).join(', ')}.`);
		return 1;
	}
	const right = await ensureNode(place);
	return right === process.execPath ? command(args) : againWith(right, process.argv.slice(1));
}

/** @param {unknown} error */
function explain(error) {
	const trouble = error instanceof Trouble ? error : diagnoseError(error, ROOT);
	if (trouble === null) throw error;
	say(inWords(trouble));
	return trouble.words.code === 'stopped' ? 130 : 1;
}

onStop(() => stopChildren());
process.exitCode = await main().catch(explain);
// Standard input may still be open for "press Enter".
process.stdin.destroy();
