/** The browser for the tests: one that is there, or Debian's chromium where we may install it. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isStopping, runLogged } from '../setup/child.mjs';
import { diagnose } from '../setup/diagnose.mjs';
import { say, working } from '../setup/say.mjs';
import { noBrowser, stopped } from '../setup/trouble.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const ELSEWHERE = [
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];

const INSTALL = [['update'], ['install', '-y', '--no-install-recommends', 'chromium']];

/** @param {import('../setup/place.mjs').Place} place @returns {Promise<string>} */
export async function ensureBrowser(place) {
	const found = findBrowser(process.env);
	if (found !== null) return found;
	if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
		throw noBrowser(commandFor(process.platform));
	await install(place);
	const installed = findBrowser(process.env);
	if (installed === null) throw noBrowser(commandFor(process.platform));
	return installed;
}

/** @param {import('../setup/place.mjs').Place} place */
async function install(place) {
	const step = 'install the browser for the tests (the Debian package chromium)';
	say(`Next: ${step} (about 100 MB to download, 1 to 2 minutes).`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const log = join(place.logs, 'browser.log');
	const sign = working();
	for (const args of INSTALL) {
		const run = await runLogged('apt-get', args, { cwd: place.root, log, env, line: sign.line });
		if (run.code === 0) continue;
		sign.end(isStopping() ? 'stopped after' : 'failed after');
		if (isStopping()) throw stopped(step);
		throw diagnose({ step, folder: '/usr', needMb: 600, freeMb: null, log }, run.tail);
	}
	sign.end('done in');
}

/** @param {NodeJS.ProcessEnv} env @returns {string | null} */
export function findBrowser(env) {
	const own = env['TUNINGFORK_CHROMIUM'];
	const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
	const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
	return [...(own ? [own] : []), ...files, ...ELSEWHERE].find(isProgram) ?? null;
}

/** @param {string} platform */
export function commandFor(platform) {
	if (platform === 'darwin') return 'brew install --cask chromium';
	if (platform === 'win32') return 'winget install Google.Chrome';
	return 'sudo apt-get update && sudo apt-get install -y chromium (Fedora: sudo dnf install chromium)';
}

/** @param {string} path */
function isProgram(path) {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
