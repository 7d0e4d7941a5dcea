import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toHostReport } from '../jupyter/health';
import { Disk } from './disk';
import { Rates } from './rates';
import { checksOf, isReady, LEAST_FREE, readyText, type Found } from './ready';
import { wallsFacts } from './settings';
import { sizeOf } from './size';
import { HEALTH } from './testing';

describe('ready', () => {
	const FOUND: Found = { ...HEALTH, host: 'running', isStopping: false };
	const wrong = (part: Partial<Found>) =>
		checksOf({ ...FOUND, ...part }).flatMap(({ name, ok }) => (ok ? [] : [name]));

	test('when all is well, also before a host was needed', () => {
		expect(wrong({})).toEqual([]);
		expect(wrong({ host: 'none' })).toEqual([]);
	});
	test('not with a host that does not answer', () =>
		expect(wrong({ host: 'silent' })).toEqual(['host']));
	test('not with a database that cannot be used', () => {
		const database = { ...FOUND.database, problem: 'damaged' };
		expect(wrong({ database })).toEqual(['database']);
	});
	test('not without room on the disk; not knowing is no fault', () => {
		const disk = (free: number | null) => ({ ...FOUND.disk, free });
		expect(wrong({ disk: disk(LEAST_FREE - 1) })).toEqual(['disk']);
		expect(wrong({ disk: disk(LEAST_FREE) })).toEqual([]);
		expect(wrong({ disk: disk(null) })).toEqual([]);
	});
	test('not while it is stopped', () => expect(wrong({ isStopping: true })).toEqual(['stopping']));
	test('a class not without walls, unless that was accepted; one person without is fine', () => {
		const walls = { ...FOUND.walls, on: false };
		expect(wrong({ walls })).toEqual(['walls']);
		expect(wrong({ walls: { ...walls, isWaived: true } })).toEqual([]);
		expect(wrong({ walls: { ...walls, isClass: false } })).toEqual([]);
		expect(wrong({ walls: { ...FOUND.walls, tier: 'thin' } })).toEqual(['walls']);
		expect(wrong({ walls: { ...FOUND.walls, tier: null } })).toEqual([]);
	});
	test('one reason a line', () => {
		const checks = checksOf({ ...FOUND, host: 'silent' });
		expect(isReady(checks)).toBe(false);
		expect(readyText(checks)).toMatch(
			/^ok database: .+\nok disk: .+\nnot host: .+\nok walls: .+\n$/
		);
	});
});

describe('processor time becomes a rate', () => {
	test('from the second look on, by the clock of who measured', () => {
		const rates = new Rates();
		const look = (cpu: number, at: number) => {
			rates.begin();
			return rates.of('a', cpu, at);
		};
		expect([look(10, 100), look(12, 104), look(12, 108)]).toEqual([null, 0.5, 0]);
		expect(look(1, 110)).toBeNull();
	});
	test('an answer that is heard twice changes nothing', () => {
		const rates = new Rates();
		const looks = [
			[10, 100],
			[12, 104],
			[12, 104]
		].map(([cpu = 0, at = 0]) => {
			rates.begin();
			return rates.of('a', cpu, at);
		});
		expect(looks).toEqual([null, 0.5, 0.5]);
	});
	test('what was not looked at in between begins anew', () => {
		const rates = new Rates();
		rates.begin();
		rates.of('a', 10, 100);
		rates.begin();
		rates.begin();
		expect(rates.of('a', 12, 104)).toBeNull();
	});
});

test('the size of a folder is that of its files; a link counts itself, not what it leads to', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-size-'));
	mkdirSync(join(folder, 'a/b'), { recursive: true });
	writeFileSync(join(folder, 'one'), 'x'.repeat(1000));
	writeFileSync(join(folder, 'a/b/two'), 'x'.repeat(500));
	symlinkSync('/', join(folder, 'a/out'));
	expect(await sizeOf(folder)).toEqual({ bytes: 1501, left: 0 });
	expect(await sizeOf(join(folder, 'missing'))).toEqual({ bytes: 0, left: 0 });
	const disk = new Disk(folder);
	expect((await disk.look()).free).toBeGreaterThan(0);
	await expect.poll(async () => (await disk.look()).data).toBe(1501);
	rmSync(folder, { recursive: true });
	expect(await disk.look()).toMatchObject({ free: null, data: 1501 });
});

test('no folder of a learner’s keeps the size from being known', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-size-'));
	writeFileSync(join(folder, 'high'), 'x'.repeat(1000));
	const names = ['new\nline', '\u{1F600}', 'n'.repeat(255)];
	for (const name of names) writeFileSync(join(folder, name), 'x');
	writeFileSync(Buffer.from(`${folder}/\xff\xfe`, 'latin1'), 'not text');
	chmodSync(join(folder, 'n'.repeat(255)), 0);
	const deep = 'for (let i = 0; i < 3000; i += 1) { fs.mkdirSync("d"); process.chdir("d"); }';
	execFileSync(process.execPath, ['-e', deep], { cwd: folder });
	const size = await sizeOf(folder);
	expect(size).toEqual({ bytes: 1003 + 'not text'.length, left: 1 });
	expect(await sizeOf(folder, { depth: 5, entries: 3, time: 1e6 })).toMatchObject({ left: 1 });
	expect(await sizeOf(folder, { depth: 5, entries: 3000, time: -1 })).toEqual({
		bytes: 0,
		left: 1
	});
	const disk = new Disk(folder);
	await disk.look();
	await expect.poll(async () => (await disk.look()).left).toBe(1);
	execFileSync('rm', ['-rf', folder]);
});

test('what the host says is read loosely: parts that are missing are not known', () => {
	expect(toHostReport({ at: 5, kernels: [{ id: 'k' }, { pid: 3 }, null] })).toMatchObject({
		walls: { on: null, tier: null },
		host: { pid: null, version: '' },
		kernels: [{ id: 'k', state: 'unknown', memoryIs: 'rss', started: null, isStopped: false }]
	});
	for (const strange of [null, 'text', [], { at: 'noon' }])
		expect(toHostReport(strange)).toBeNull();
});

const NOT_SAID = { on: null, tier: null };

test('what the start has found about walls comes by variables', () => {
	expect(wallsFacts(NOT_SAID, {})).toEqual({
		on: null,
		isClass: false,
		isWaived: false,
		tier: null
	});
	const env = {
		TUNINGFORK_CLASS: '1',
		TUNINGFORK_WALLS_TIER: 'thin',
		TUNINGFORK_WALLS_WAIVED: '1'
	};
	const host = { on: true, tier: 'walls' };
	expect(wallsFacts(host, env)).toEqual({ on: true, isClass: true, isWaived: true, tier: 'walls' });
	expect(wallsFacts(host, {}).tier).toBe('walls');
});
