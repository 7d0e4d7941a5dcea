/** The private Python folder .venv/ with PyTorch, the training packages and Jupyter in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { findPython } from './python.mjs';
import { fingerprint } from './stamp.mjs';

const LEARN = { files: ['requirements.txt'], locks: ['requirements.lock'] };
const CHECK = { files: ['requirements.txt', 'requirements-dev.txt'], locks: ['requirements.lock'] };

/** @param {import('./place.mjs').Place} place @returns {import('./step.mjs').Step} */
export function pythonStep(place) {
	return {
		name: 'python',
		title: 'install Python packages (PyTorch, transformers, Jupyter) into .venv/',
		takes: `${downloadSize()} to download, mostly 3 to 10 minutes`,
		needMb: 4000,
		print: () => fingerprint(place.root, [...LEARN.files, ...LEARN.locks], [process.platform]),
		isWhole: () => venvWorks(place),
		clear: () => rmSync(place.venv, { recursive: true, force: true }),
		hush: /uninstall|existing installation/i,
		changedNothing: nothingInstalled,
		commands: () => [...makeVenv(place), installCommand(place, LEARN)]
	};
}

/** What only the checks need: ruff, mypy, pytest. @param {import('./place.mjs').Place} place @returns {import('./step.mjs').Step} */
export function pythonChecksStep(place) {
	return {
		name: 'python-checks',
		title: 'add the Python test tools to .venv/',
		takes: 'about 30 MB to download, under a minute',
		needMb: 300,
		print: () => fingerprint(place.root, [...CHECK.files, ...CHECK.locks], [process.platform]),
		isWhole: () => venvWorks(place),
		hush: /uninstall|existing installation/i,
		changedNothing: nothingInstalled,
		commands: () => [installCommand(place, CHECK)]
	};
}

/** @param {import('./place.mjs').Place} place */
function makeVenv(place) {
	if (venvWorks(place)) return [];
	const python = findPython();
	rmSync(place.venv, { recursive: true, force: true });
	return [{ command: python.path, args: ['-m', 'venv', place.venv] }];
}

/** @param {import('./place.mjs').Place} place @param {{ files: string[], locks: string[] }} wanted */
function installCommand(place, wanted) {
	const lists = wanted.files.flatMap((file) => ['-r', file]);
	const limits = wanted.locks.flatMap((file) => ['-c', file]);
	mkdirSync(place.temporary, { recursive: true });
	return {
		command: place.venvPython,
		args: [
			'-m',
			'pip',
			'install',
			'--prefer-binary',
			'--no-input',
			'--disable-pip-version-check',
			...lists,
			...limits
		],
		// Wheels are unpacked here and not in the system's temporary folder, which is often small.
		env: {
			...process.env,
			TMPDIR: place.temporary,
			TEMP: place.temporary,
			TMP: place.temporary,
			PIP_PROGRESS_BAR: 'off',
			PYTHONUNBUFFERED: '1'
		}
	};
}

/** A folder whose Python was since removed or moved does not answer. @param {import('./place.mjs').Place} place */
function venvWorks(place) {
	if (!existsSync(place.venvPython)) return false;
	return spawnSync(place.venvPython, ['-c', 'import pip'], { timeout: 60_000 }).status === 0;
}

/** pip downloads everything before it installs anything. @param {readonly string[]} tail */
function nothingInstalled(tail) {
	return !tail.some((line) => line.includes('Installing collected packages'));
}

function downloadSize() {
	return process.platform === 'linux' ? '0.5 to 3 GB' : 'about 400 MB';
}
