import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRunning, parseDescription, readDescription } from './description';
import { lastLines } from './log';
import { hostPlace, makePrivate } from './place';

test('Python and the runtime folder, from the project or from the environment', () => {
	const given = { root: '/app', data: '/data', platform: 'linux' } as const;
	expect(hostPlace({ ...given, env: {} })).toEqual({
		python: '/app/.venv/bin/python',
		kernelFolder: '/app/kernel',
		runtime: '/data/run',
		walls: false,
		isService: false
	});
	const env = { TUNINGFORK_PYTHON: '/py', TUNINGFORK_RUNTIME: '/run/me' };
	expect(hostPlace({ ...given, env })).toMatchObject({ python: '/py', runtime: '/run/me' });
	expect(hostPlace({ ...given, env: { TUNINGFORK_KERNELS: 'service' } }).isService).toBe(true);
	expect(hostPlace({ ...given, env: { TUNINGFORK_WALLS: '1' } }).walls).toBe(true);
	expect(hostPlace({ ...given, env: {}, platform: 'win32' }).python).toContain('python.exe');
});

test('a folder too deep for a socket gets a short stand-in that is always the same', () => {
	const place = (data: string) => hostPlace({ root: '/a', data, env: {}, platform: 'linux' });
	const deep = `/data/${'deep/'.repeat(20)}`;
	expect(place(deep).runtime.length).toBeLessThan(60);
	expect(place(deep).runtime).toBe(place(deep).runtime);
	expect(place(deep).runtime).not.toBe(place(`${deep}er`).runtime);
});

test('the runtime folder is made private, also when it was there before', () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-place-'));
	mkdirSync(join(folder, 'run'), { mode: 0o755 });
	makePrivate(join(folder, 'run'));
	makePrivate(join(folder, 'new', 'run'));
	expect(statSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
	expect(existsSync(join(folder, 'new', 'run'))).toBe(true);
	rmSync(folder, { recursive: true });
});

test('a description that is missing, cut short or strange is no host', () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-place-'));
	expect(readDescription(folder)).toBeNull();
	writeFileSync(join(folder, 'host.json'), '{"socket": "/x"');
	expect(readDescription(folder)).toBeNull();
	const whole = { socket: '/x', token: 't', pid: 1, version: '1' };
	expect(parseDescription(JSON.stringify(whole))).toEqual({ ...whole, url: null, walls: false });
	expect(parseDescription(JSON.stringify({ ...whole, walls: true }))?.walls).toBe(true);
	expect(parseDescription(JSON.stringify({ ...whole, socket: 3 }))).toBeNull();
	expect(parseDescription('null')).toBeNull();
	rmSync(folder, { recursive: true });
});

test('a process that has ended is not running', () => {
	expect(isRunning(process.pid)).toBe(true);
	expect(isRunning(2 ** 22 + 1)).toBe(false);
});

test('the last lines of a log, or why there are none', () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-place-'));
	writeFileSync(join(folder, 'log'), 'one\ntwo\nthree\n');
	expect(lastLines(join(folder, 'log'), 2)).toBe('two\nthree');
	expect(lastLines(join(folder, 'none'))).toContain('could not be read');
	rmSync(folder, { recursive: true });
});
