/** Installs a Debian package for the tests, where we may: on Debian, as root. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isStopping, runLogged } from '../setup/child.mjs';
import { diagnose } from '../setup/diagnose.mjs';
import { say, working } from '../setup/say.mjs';
import { stopped } from '../setup/trouble.mjs';

export const mayInstall = () => existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;

/**
 * @param {import('../setup/place.mjs').Place} place
 * @param {{ name: string, what: string, size: string, needMb: number }} wanted
 */
export async function installPackage(place, { name, what, size, needMb }) {
	const step = `install ${what} for the tests (the Debian package ${name})`;
	say(`Next: ${step} (${size}).`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const log = join(place.logs, `${name}.log`);
	const sign = working();
	for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
		const run = await runLogged('apt-get', args, { cwd: place.root, log, env, line: sign.line });
		if (run.code === 0) continue;
		sign.end(isStopping() ? 'stopped after' : 'failed after');
		if (isStopping()) throw stopped(step);
		throw diagnose({ step, folder: '/usr', needMb, freeMb: null, log }, run.tail);
	}
	sign.end('done in');
}
