/**
 * A Python of its own in .cache/gateway/ for the test against a Jupyter Enterprise Gateway: it needs
 * older versions of what kernels of ours need, so it cannot share .venv/.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './stamp.mjs';

const FILE = 'requirements-gateway.txt';

/** @param {import('./place.mjs').Place} place @returns {import('./step.mjs').Step} */
export function gatewayStep(place) {
	const folder = join(place.root, '.cache', 'gateway');
	const windows = process.platform === 'win32';
	const python = join(folder, windows ? 'Scripts' : 'bin', windows ? 'python.exe' : 'python');
	const args = ['-m', 'pip', 'install', '--no-deps', '--prefer-binary', '--no-input'];
	const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_PROGRESS_BAR: 'off' };
	return {
		name: 'gateway',
		title: 'install a Jupyter Enterprise Gateway for the tests into .cache/gateway/',
		takes: 'about 25 MB to download, under a minute',
		needMb: 200,
		print: () => fingerprint(place.root, [FILE], [process.platform]),
		isWhole: () =>
			existsSync(python) &&
			spawnSync(python, ['-c', 'import enterprise_gateway'], { timeout: 60_000 }).status === 0,
		clear: () => rmSync(folder, { recursive: true, force: true }),
		commands: () => [
			{ command: place.venvPython, args: ['-m', 'venv', folder] },
			{ command: python, args: [...args, '-r', FILE], env }
		]
	};
}
