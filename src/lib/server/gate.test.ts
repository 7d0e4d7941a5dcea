import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Asked, Verdict } from './gate';

const ADDRESS = 'http://127.0.0.1:4321';
let folder: string;
let judge: (asked: Asked, address: string) => Verdict;
let key: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tf-gate-'));
	vi.stubEnv('TUNINGFORK_DATA', folder);
	({ judge } = await import('./gate'));
	key = (await import('./secret')).makeKey('me');
});

afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true });
});

function ask(part: Partial<Omit<Asked, 'url'>> & { path?: string } = {}): Verdict {
	const { path = '/', ...rest } = part;
	const url = new URL(path, ADDRESS);
	const usual = {
		method: 'GET',
		host: '127.0.0.1:4321',
		origin: null,
		fetchSite: 'none',
		cookie: key,
		authorization: null
	};
	return judge({ ...usual, url, ...rest }, ADDRESS);
}

function invite(name: string): string {
	mkdirSync(join(folder, 'invites'), { recursive: true });
	writeFileSync(join(folder, 'invites', createHash('sha256').update(name).digest('hex')), '{}');
	return `/?invite=${name}`;
}

describe('who is let in', () => {
	test('a browser with a key', () => expect(ask()).toEqual({ type: 'pass', learner: 'me' }));
	test('not one without', () =>
		expect(ask({ cookie: undefined })).toMatchObject({ type: 'refuse', status: 401 }));
	test.each(['', 'me', 'me.x.', 'me.x.y', 'you.x.y'])('not one with the key %j', (cookie) => {
		expect(ask({ cookie })).toMatchObject({ type: 'refuse', status: 401 });
	});
	test('an invitation lets in whom it names', async () => {
		const { newAddress } = await import('../../../scripts/start/invite.mjs');
		const path = (learner?: string) => newAddress(folder, '', learner);
		const welcome = ask({ path: path('anna-2'), cookie: undefined });
		expect(ask({ cookie: welcome.type === 'welcome' ? welcome.key : '' })).toEqual({
			type: 'pass',
			learner: 'anna-2'
		});
		for (const bad of ['..', 'a.b', 'A', 'x'.repeat(41), ''])
			expect(ask({ path: path(bad), cookie: undefined })).toMatchObject({ type: 'refuse' });
	});
	test('not one with a key whose name was changed', () => {
		expect(ask({ cookie: key.replace('me.', 'you.') })).toMatchObject({
			type: 'refuse',
			status: 401
		});
	});
	test.each(['/healthz', '/health/live', '/health/ready'])('everybody may ask %s', (path) => {
		expect(ask({ path, cookie: undefined })).toEqual({ type: 'open' });
	});
	test('why it is not ready is for who has a key', () => {
		expect(ask({ path: '/health/ready' })).toEqual({ type: 'pass', learner: 'me' });
	});
});

describe('a program that collects measurements', () => {
	let token: string;
	beforeAll(async () => {
		(await import('./health/token')).makeToken();
		token = readFileSync(join(folder, 'metrics-token'), 'utf8').trim();
	});
	const collect = (path: string, authorization: string, method = 'GET') =>
		ask({
			path,
			cookie: undefined,
			authorization,
			method,
			origin: method === 'GET' ? null : ADDRESS
		});

	test.each(['/metrics', '/health', '/health/ready'])('may read %s', (path) => {
		expect(collect(path, `Bearer ${token}`)).toEqual({ type: 'collector' });
	});
	test.each(['/', '/lessons/a', '/api/lessons/a/events', '/health/__data.json'])(
		'may not read %s',
		(path) => {
			expect(collect(path, `Bearer ${token}`)).toMatchObject({ type: 'refuse', status: 401 });
		}
	);
	test('may change nothing', () => {
		expect(collect('/metrics', `Bearer ${token}`, 'POST')).toMatchObject({ type: 'refuse' });
	});
	test.each(['', 'Bearer ', 'Bearer undefined', `Bearer ${'x'.repeat(43)}`, 'Basic '])(
		'is not let in by %j',
		(authorization) => {
			expect(collect('/metrics', authorization)).toMatchObject({ type: 'refuse', status: 401 });
		}
	);
	test('must name our host like everybody', () => {
		const authorization = `Bearer ${token}`;
		const asked = { path: '/metrics', cookie: undefined, authorization, host: 'evil.example' };
		expect(ask(asked)).toMatchObject({ code: 'foreign-host' });
	});
	test('an empty file opens nothing', () => {
		writeFileSync(join(folder, 'metrics-token'), '\n');
		expect(collect('/metrics', 'Bearer ')).toMatchObject({ type: 'refuse' });
		expect(collect('/metrics', `Bearer ${token}`)).toMatchObject({ type: 'refuse' });
	});
});

describe('an invitation', () => {
	test('works once', () => {
		const path = invite('abc');
		expect(ask({ path, cookie: undefined })).toMatchObject({ type: 'welcome', location: '/' });
		expect(ask({ path, cookie: undefined })).toMatchObject({ type: 'refuse', status: 401 });
	});
	test('is not used up by a browser that has a key', () => {
		const path = invite('def');
		expect(ask({ path })).toEqual({ type: 'redirect', location: '/' });
		expect(ask({ path, cookie: undefined })).toMatchObject({ type: 'welcome' });
	});
	test('that nobody made is worth nothing', () => {
		expect(ask({ path: '/?invite=../secret', cookie: undefined })).toMatchObject({ status: 401 });
	});
});

describe('where a request comes from', () => {
	test.each(['evil.example', 'localhost:4321', '127.0.0.1', '127.0.0.1:43210', null])(
		'host %j is refused',
		(host) => {
			expect(ask({ host })).toMatchObject({ type: 'refuse', code: 'foreign-host' });
		}
	);
	test.each(['http://evil.example', 'null', 'https://127.0.0.1:4321', 'http://127.0.0.1:43210'])(
		'origin %j is refused, for reading too',
		(origin) => {
			for (const method of ['GET', 'POST']) {
				expect(ask({ method, origin })).toMatchObject({ type: 'refuse', code: 'foreign-origin' });
			}
		}
	);
	test('a change must name its origin', () => {
		expect(ask({ method: 'POST', path: '/api/lessons/a/commands' })).toMatchObject({
			code: 'foreign-origin'
		});
		expect(ask({ method: 'POST', origin: ADDRESS })).toEqual({ type: 'pass', learner: 'me' });
	});
	test('another page may link here but not read our data', () => {
		expect(ask({ fetchSite: 'cross-site' })).toMatchObject({ type: 'pass' });
		expect(ask({ fetchSite: 'cross-site', path: '/api/lessons/a/events' })).toMatchObject({
			code: 'foreign-origin'
		});
	});
});
