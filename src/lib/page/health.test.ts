import { expect, test } from 'vitest';
import type { Health, KernelHealth, Use } from '$lib/protocol/health';
import {
	conditionWords,
	cpuWords,
	historyWords,
	linePath,
	memoryWords,
	nameWords,
	partLines,
	sizeWords,
	startWords
} from './health';

const USE: Use = {
	pid: 100,
	memory: 50 * 2 ** 20,
	shared: 'fair',
	cpu: 0.031,
	cpuSeconds: 1,
	since: 0,
	memoryHistory: [null, 5],
	cpuHistory: []
};
const KERNEL: KernelHealth = {
	...USE,
	id: '0123abcd-1',
	learner: null,
	lesson: 'A',
	condition: 'idle',
	place: null,
	wait: null,
	training: null,
	problem: null,
	bound: null,
	processes: 1,
	start: null
};
const HEALTH: Health = {
	at: 90_000,
	version: '1',
	checks: [],
	kernels: [],
	queue: { waiting: 0, starting: 0, history: [] },
	disk: { free: 3 * 2 ** 30, total: 8 * 2 ** 30, data: null, left: 0, history: [] },
	database: {
		size: 4096,
		pending: 0,
		entries: 7,
		lastWrite: 80_000,
		checked: 30_000,
		backup: null,
		problem: null,
		history: []
	},
	host: { ...USE, state: 'running', version: '2', isApart: false },
	template: { ...USE, kind: 'template', state: 'ready', whyNot: null },
	web: { ...USE, isRoot: false },
	walls: { on: false, isClass: false, isWaived: false, tier: null }
};

function line(name: string, health: Partial<Health> = {}) {
	return partLines({ ...HEALTH, ...health }).find((one) => one.name === name);
}

test('sizes and shares', () => {
	expect([0, 500, 2 ** 20, 999 * 2 ** 20, 1536 * 2 ** 20, null].map(sizeWords)).toEqual([
		'0 kB',
		'1 kB',
		'1 MB',
		'999 MB',
		'1.5 GB',
		'unknown'
	]);
	expect([cpuWords(null), cpuWords(0.031), cpuWords(1.5)]).toEqual(['–', '3 %', '150 %']);
});

test('each state in words', () => {
	const words = (part: Partial<KernelHealth>) => conditionWords({ ...KERNEL, ...part }).text;
	expect(words({ condition: 'waiting', place: 3, wait: 8 })).toBe('waiting: number 3, about 8 s');
	expect(words({ condition: 'waiting', place: 3 })).toBe('waiting: number 3');
	const training = { step: 3, total: 20, loss: 0.123456 };
	expect(words({ condition: 'training', training })).toBe('training: step 3 of 20, loss 0.123');
	expect(words({ condition: 'training', training: { ...training, loss: 'NaN' } })).toMatch(/NaN$/);
	expect(words({ condition: 'dead', problem: 'host-died' })).toMatch(
		/^dead: The program that runs/
	);
	expect(words({ condition: 'dead' })).toBe('dead');
});

test('whose it is, what it may have, how it was started', () => {
	expect(nameWords(KERNEL)).toBe('A');
	expect(nameWords({ ...KERNEL, learner: 'Ada' })).toBe('Ada: A');
	expect(nameWords({ ...KERNEL, lesson: null })).toBe('no lesson uses it (0123abcd)');
	expect(memoryWords(KERNEL)).toBe('50 MB');
	expect(memoryWords({ ...KERNEL, bound: 3 * 2 ** 30, shared: 'full' })).toBe(
		'up to 50 MB of 3.0 GB'
	);
	expect(startWords({ type: 'forked' })).toBe('forked');
	expect(startWords({ type: 'pooled' })).toBe('from the pool');
	expect(startWords({ type: 'cold', because: 'loading' })).toMatch(/^ordinary: the libraries were/);
	expect(startWords({ type: 'cold', because: 'new reason' })).toBe('ordinary: new reason');
});

test('a line through the values keeps its gaps and shows a value by itself', () => {
	expect(linePath([], 40, 10)).toBe('');
	expect(linePath([0, null, 2, 1], 40, 10)).toBe('M0 10L10 10M20 0L30 0L40 5');
	expect(linePath([0, 0], 40, 10)).toBe('M0 10L20 10L40 10');
});

test('a line says what it shows', () => {
	expect(historyWords([null], sizeWords)).toBe('nothing measured yet');
	expect(historyWords([2 ** 20, null, 3 * 2 ** 20, 2 * 2 ** 20], sizeWords)).toBe(
		'between 1 MB and 3 MB, at the end 2 MB'
	);
	expect(historyWords([1, 1], String)).toBe('1 all the time');
});

test('one line for each part', () => {
	expect(partLines(HEALTH).map(({ name, text }) => `${name}: ${text}`)).toEqual([
		'Ready: yes',
		'Starts: 0 waiting, 0 starting',
		'Kernel host: version 2, process 100, 50 MB, 3 % of a core, for 1 min 30 s',
		'Template: ready: process 100, 50 MB',
		'Web app: process 100, 50 MB, 3 % of a core, for 1 min 30 s',
		'Walls: off: for one person on their own computer',
		'Disk: 3.0 GB free of 8.0 GB; the data folder is being counted',
		'Database: 4 kB and 0 kB of log, 7 journal entries, written 10 s ago, checked 1 min 0 s ago, copied never'
	]);
});

test('what is wrong is said, and marked', () => {
	const checks = [{ name: 'disk', ok: false, words: 'only 5 MB are free' } as const];
	expect(line('Ready', { checks })).toMatchObject({
		tone: 'bad',
		text: 'no: disk: only 5 MB are free'
	});
	expect(line('Disk', { checks })).toMatchObject({ tone: 'bad' });
	const disk = { ...HEALTH.disk, data: 2 ** 20, left: 3 };
	expect(line('Disk', { disk })?.text).toContain(
		'the data folder has 1 MB or more (not counted: 3 closed, too deep or too many)'
	);
	expect(line('Web app', { web: { ...HEALTH.web, isRoot: true } })).toMatchObject({ tone: 'warn' });
	const template = { ...HEALTH.template, state: 'missing', whyNot: 'failed' } as const;
	expect(line('Template', { template })).toMatchObject({ tone: 'bad' });
	expect(line('Pool', { template: { ...template, kind: 'pool', whyNot: 'memory' } })).toMatchObject(
		{
			tone: 'quiet',
			text: 'none, so kernels start the ordinary way: there was no memory to load libraries in advance'
		}
	);
	const walls = { on: false, isClass: true, isWaived: false, tier: 'walls' };
	expect(line('Walls', { walls })).toMatchObject({ tone: 'bad', text: 'off (tier walls)' });
	expect(line('Walls', { walls: { ...walls, on: true } })).toMatchObject({ tone: 'good' });
	expect(line('Walls', { walls: { ...walls, isWaived: true } })).toMatchObject({ tone: 'bad' });
	expect(line('Database', { database: { ...HEALTH.database, problem: 'damaged' } })?.tone).toBe(
		'bad'
	);
	expect(line('Kernel host', { host: { ...HEALTH.host, state: 'silent' } })?.tone).toBe('bad');
});
