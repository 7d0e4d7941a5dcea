import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOwnFile } from './own-file';

let folder = '';
let outside = '';
/** The whole path of a file outside. */
let secret = '';

beforeAll(() => {
	outside = mkdtempSync(join(tmpdir(), 'tf-outside-'));
	folder = mkdtempSync(join(tmpdir(), 'tf-own-'));
	secret = join(outside, 'secret');
	writeFileSync(secret, 'not yours');
	mkdirSync(join(folder, 'sub'));
	writeFileSync(join(folder, 'sub', 'a b.csv'), 'mine');
	symlinkSync(secret, join(folder, 'link'));
	symlinkSync(outside, join(folder, 'away'));
	symlinkSync(join(folder, 'sub'), join(folder, 'within'));
	execFileSync('mkfifo', [join(folder, 'pipe')]);
});

afterAll(() => {
	for (const made of [folder, outside]) rmSync(made, { recursive: true, force: true });
});

test('an own file is read', async () => {
	const file = await openOwnFile(folder, 'sub/a b.csv');
	expect(await file?.handle.readFile('utf8')).toBe('mine');
	expect(file?.size).toBe(4);
	await file?.handle.close();
});

test.each([
	'link',
	'away/secret',
	'within/a b.csv',
	'pipe',
	'sub',
	'nothing',
	'../' + 'secret',
	'sub/../link',
	'',
	'/etc/passwd',
	'sub//a b.csv',
	'..\\secret',
	`${'x'.repeat(300)}`
])('%s is not', async (path) => {
	expect(await openOwnFile(folder, path)).toBeNull();
});

test('a file that is there, one step above the folder, is not', async () => {
	expect(await openOwnFile(folder, relative(folder, secret))).toBeNull();
	expect(await openOwnFile(folder, `sub/../${relative(folder, secret)}`)).toBeNull();
});
