/** Finds a Python that the lessons can run on. Looks only; installs nothing. */
import { spawnSync } from 'node:child_process';
import { noPython, noVenv } from './trouble.mjs';

const OLDEST = 11;
const NEWEST = 14;

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python'];

const QUESTION = [
	'import importlib.util as u, json, platform, sys',
	'have = all(u.find_spec(m) is not None for m in ("venv", "ensurepip"))',
	'print(json.dumps({"version": list(sys.version_info[:3]), "path": sys.executable, "venv": have,',
	'                  "bits": 64 if sys.maxsize > 2**32 else 32, "machine": platform.machine()}))'
].join('\n');

/** @typedef {{ version: [number, number, number], path: string, venv: boolean, bits: number, machine: string }} Answer */
/** @typedef {(command: string, args: readonly string[]) => Answer | null} Ask */

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {Ask} [ask] how to question a candidate
 */
export function findPython(env = process.env, ask = askPython) {
	/** @type {string[]} */
	const refused = [];
	/** @type {Answer | null} */
	let bare = null;
	for (const [command, ...args] of candidates(env)) {
		const answer = ask(command, args);
		if (answer === null) continue;
		const problem = problemOf(answer);
		if (problem !== null) refused.push(`${[command, ...args].join(' ')} is ${problem}`);
		else if (answer.venv) return answer;
		else bare ??= answer;
	}
	if (bare !== null) throw noVenv(bare.path, bare.version.slice(0, 2).join('.'));
	throw noPython(refused);
}

/** @param {NodeJS.ProcessEnv} env @returns {[string, ...string[]][]} */
function candidates(env) {
	const given = env['TUNINGFORK_SETUP_PYTHON'];
	if (given !== undefined && given !== '') return [[given]];
	/** @type {[string, ...string[]][]} */
	const named = NAMES.map((name) => [name]);
	return process.platform === 'win32' ? [['py', '-3'], ...named] : named;
}

/** @param {Answer} answer */
function problemOf({ version, bits }) {
	const [major, minor] = version;
	const words = version.join('.');
	if (major !== 3 || minor < OLDEST) return `${words}, too old`;
	if (minor > NEWEST) return `${words}, newer than PyTorch supports so far`;
	return bits === 64 ? null : `${words} for 32 bits`;
}

/** @type {Ask} */
function askPython(command, args) {
	const said = spawnSync(command, [...args, '-c', QUESTION], { encoding: 'utf8', timeout: 20_000 });
	if (said.status !== 0) return null;
	try {
		return JSON.parse(said.stdout);
	} catch {
		return null;
	}
}
