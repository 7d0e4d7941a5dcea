/** The browser for the tests: one that is there, or Debian's chromium where we may install it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { noBrowser } from '../setup/trouble.mjs';
import { installPackage, mayInstall } from './debian.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const ELSEWHERE = [
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];

const PACKAGE = {
	name: 'chromium',
	what: 'the browser',
	size: 'about 100 MB to download, 1 to 2 minutes',
	needMb: 600
};

/** @param {import('../setup/place.mjs').Place} place @returns {Promise<string>} */
export async function ensureBrowser(place) {
	const found = findBrowser(process.env);
	if (found !== null) return found;
	if (!mayInstall()) throw noBrowser(commandFor(process.platform));
	await installPackage(place, PACKAGE);
	const installed = findBrowser(process.env);
	if (installed === null) throw noBrowser(commandFor(process.platform));
	return installed;
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
