import { expect, test } from 'vitest';
import { isInstalled } from '../../scripts/setup/packages.mjs';
import { emptyFolder, writeFiles } from './folder';

const WANTED = {
	'': {},
	'node_modules/a': { version: '1.0.0' },
	'node_modules/b': { version: '2.0.0', optional: true }
};

function installed(packages: object): boolean {
	const root = emptyFolder();
	writeFiles(root, {
		'package-lock.json': JSON.stringify({ packages: WANTED }),
		'node_modules/.package-lock.json': JSON.stringify({ packages })
	});
	return isInstalled(root);
}

test('nothing there is not installed', () => {
	const root = emptyFolder();
	writeFiles(root, { 'package-lock.json': JSON.stringify({ packages: WANTED }) });
	expect(isInstalled(root)).toBe(false);
});

test('all but the optional packages must have the version of the lock file', () => {
	expect(installed({ 'node_modules/a': { version: '1.0.0' } })).toBe(true);
	expect(installed({ 'node_modules/a': { version: '1.0.1' } })).toBe(false);
	expect(installed({ 'node_modules/b': { version: '2.0.0' } })).toBe(false);
});
