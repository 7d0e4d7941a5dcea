import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeLock } from './lock';

const folder = mkdtempSync(join(tmpdir(), 'tf-lock-'));
const file = join(folder, 'lock');
afterAll(() => rmSync(folder, { recursive: true }));

/** Another process that holds it. */
async function holder(): Promise<ChildProcess> {
	const code = `
		const Database = require('better-sqlite3');
		const lock = new Database(${JSON.stringify(file)});
		lock.exec('BEGIN EXCLUSIVE');
		console.log('held');
		setInterval(() => {}, 1000);`;
	const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
	await new Promise((resolve) => child.stdout?.once('data', resolve));
	return child;
}

test('one process has it, another one waits in vain, and a kill gives it back', async () => {
	const child = await holder();
	expect(takeLock(file, 50)).toBe(null);
	child.kill('SIGKILL');
	await new Promise((resolve) => child.once('exit', resolve));
	const release = takeLock(file);
	expect(release).not.toBe(null);
	expect(takeLock(file, 50)).toBe(null);
	release?.();
	takeLock(file, 50)?.();
});
