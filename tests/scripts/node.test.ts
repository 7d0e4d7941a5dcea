import { expect, test } from 'vitest';
import { isNewEnough, packageFor } from '../../scripts/setup/node.mjs';

test.each([
	['v18.20.4', false],
	['v20.20.2', false],
	['v22.12.0', false],
	['v22.19.0', true],
	['v23.11.0', false],
	['v24.0.0', true],
	['v26.1.0', true]
])('%s is new enough: %s', (version, expected) => {
	expect(isNewEnough(version)).toBe(expected);
});

test('each pinned Node.js is itself new enough, and an unknown computer has none', () => {
	const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];
	expect(platforms.filter((name) => !isNewEnough(packageFor(name)?.version ?? ''))).toEqual([]);
	expect(packageFor('sunos-sparc')).toBeNull();
});
