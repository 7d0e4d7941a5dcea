/** On what was measured, in words; and how busy the machine was. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { placeOf } from '../setup/place.mjs';
import { labPrograms } from './venv.mjs';

const QUIET = 0.5;
const PATIENCE_MS = 90_000;

/** Average number of busy or waiting programs over the last minute. */
export const loadNow = () => loadavg()[0] ?? 0;

/** Waits a while for a quiet machine and says when there is none. */
export async function waitForQuiet() {
	const start = loadNow();
	if (start < QUIET) return;
	console.log(
		`The load average is ${start.toFixed(1)}; waiting up to ${PATIENCE_MS / 1000} s for a quiet machine.`
	);
	for (const until = Date.now() + PATIENCE_MS; Date.now() < until && loadNow() >= QUIET;)
		await wait(1000);
	if (loadNow() >= QUIET)
		console.log(
			`It is still ${loadNow().toFixed(1)}: other programs run here. The numbers will be worse than they could be, on both sides.`
		);
}

export function computerInWords() {
	const memory = Math.round(totalmem() / 2 ** 30);
	const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
	return `${cpus().length} cores (${processor}), ${memory} GiB of memory, ${type()} ${release()}`;
}

/** @param {string} root */
export function pythonInWords(root) {
	return version(placeOf(root).venvPython, ['ipykernel', 'jupyter_client', 'jupyter_server']);
}

/** @param {string} root @param {string} chromium */
export function machineInWords(root, chromium) {
	return [
		computerInWords(),
		`Chromium ${chromium} without a window, Node ${process.versions.node}`,
		pythonInWords(root),
		version(join(labPrograms(root), 'python'), ['jupyterlab', 'jupyter_server'])
	];
}

/** @param {string} python @param {string[]} packages */
function version(python, packages) {
	const code =
		'import sys, platform; from importlib.metadata import version as v; print(", ".join(["Python " + platform.python_version()] + [p + " " + v(p) for p in sys.argv[1:]]))';
	return spawnSync(python, ['-c', code, ...packages], { encoding: 'utf8' }).stdout.trim();
}
