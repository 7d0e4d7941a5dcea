/** JupyterLab's own Python environment, made at the first bench and again when its version changes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '../setup/place.mjs';
import { words } from './words.mjs';

/** @param {string} root @returns {string} the folder of its programs */
export function labPrograms(root) {
	const folder = join(root, '.cache', 'bench');
	const venv = join(folder, 'venv');
	const bin = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');
	const wanted = readFileSync(join(root, 'requirements-bench.txt'), 'utf8');
	const stamp = join(folder, 'venv.done');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return bin;
	console.log(
		'Installing JupyterLab for the comparison, once. About one minute, 300 MB, in .cache/bench.'
	);
	rmSync(venv, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const { venvPython } = placeOf(root);
	if (!existsSync(venvPython)) throw words.noPython();
	run(venvPython, ['-m', 'venv', venv]);
	run(join(bin, 'python'), [
		'-m',
		'pip',
		'install',
		'-q',
		'-r',
		join(root, 'requirements-bench.txt')
	]);
	writeFileSync(stamp, wanted);
	return bin;
}

/** @param {string} program @param {string[]} args */
function run(program, args) {
	const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
	if (status !== 0) throw words.noLab([program, ...args].join(' '));
}
