/** The JavaScript packages, exactly as package-lock.json says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './npm.mjs';
import { fingerprint } from './stamp.mjs';
import { withNode } from './node.mjs';

/** @param {import('./place.mjs').Place} place @param {string} node @returns {import('./step.mjs').Step} */
export function packagesStep(place, node) {
	return {
		name: 'packages',
		title: 'install the JavaScript packages into node_modules/',
		takes: 'about 100 MB to download, mostly 1 to 2 minutes',
		needMb: 900,
		print: () =>
			fingerprint(
				place.root,
				['package.json', 'package-lock.json'],
				[process.platform, process.arch]
			),
		alreadyThere: () => isInstalled(place.root),
		isWhole: () => existsSync(join(place.modules, '.package-lock.json')),
		// npm calls an install on a full disk a success.
		spoiled: /TAR_ENTRY_ERROR/,
		commands: () => {
			const npm = npmCommand(node);
			return [
				{
					command: npm.command,
					// No package needs its install script (SQLite comes ready-made), and none gets to run one.
					args: [...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'],
					env: withNode(process.env, node)
				}
			];
		}
	};
}

/**
 * npm writes its own list of what it installed, last of all. If that agrees with the lock file, somebody
 * has run npm already and there is nothing to do.
 * @param {string} root
 */
export function isInstalled(root) {
	const wanted = packagesIn(join(root, 'package-lock.json'));
	const present = packagesIn(join(root, 'node_modules', '.package-lock.json'));
	if (wanted === null || present === null) return false;
	return Object.entries(wanted).every(([path, entry]) => {
		if (path === '' || entry.optional === true) return true;
		return present[path]?.version === entry.version;
	});
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | null} */
function packagesIn(file) {
	if (!existsSync(file)) return null;
	return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
}
