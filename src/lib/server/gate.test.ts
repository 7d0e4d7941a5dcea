import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Asked, House, Verdict } from './gate';

const ADDRESS = 'http://127.0.0.1:4321';
let folder: string;
let judge: (asked: Asked, house: House) => Verdict;
let key: string;
let keyOf: (learner: string, role: 'learner' | 'teacher') => string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tf-gate-'));
	vi.stubEnv('TUNINGFORK_DATA', folder);
	({ judge } = await import('./gate'));
	const { makeKey } = await import('./secret');
	keyOf = (learner, role) => makeKey({ learner, role });
	key = keyOf('me', 'learner');
});

afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true });
});

interface Part {
	readonly path?: string;
	readonly method?: string;
	readonly host?: string | null;
	readonly origin?: string | null;
	readonly cookie?: string | undefined;
	readonly authorization?: string;
	readonly fetched?: Readonly<Record<string, string>>;
	readonly isClass?: boolean;
}

const ME = { learner: 'me', role: 'learner' } as const;
const PASS = { type: 'pass', person: ME, isStaff: true };
/** A link that a person has followed. */
const LINK = {
	'sec-fetch-site': 'cross-site',
	'sec-fetch-mode': 'navigate',
	'sec-fetch-dest': 'document'
};

function ask(part: Part = {}): Verdict {
	const { path = '/', method = 'GET', fetched = {}, isClass = false } = part;
	const { host = '127.0.0.1:4321', origin = null, authorization = null } = part;
	const headers = new Headers({ 'sec-fetch-site': 'none', ...fetched });
	for (const [name, value] of Object.entries({ host, origin, authorization }))
		if (value !== null) headers.set(name, value);
	const url = new URL(path, ADDRESS);
	const isData = url.pathname.endsWith('/__data.json');
	const asked = { method, url, route: routeOf(url.pathname), isData, headers };
	return judge(
		{ ...asked, key: 'cookie' in part ? part.cookie : key },
		{ address: ADDRESS, isClass }
	);
}

function routeOf(path: string): string {
	const plain = path.replace(/\/__data\.json$/, '') || '/';
	return plain.replace(/^((?:\/api)?\/lessons)\/[^/]+/, '$1/[slug]');
}

function invite(name: string): string {
	mkdirSync(join(folder, 'invites'), { recursive: true });
	writeFileSync(join(folder, 'invites', createHash('sha256').update(name).digest('hex')), '{}');
	return `/?invite=${name}`;
}

describe('who is let in', () => {
	test('a browser with a key', () => expect(ask()).toEqual(PASS));
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
			...PASS,
			person: { learner: 'anna-2', role: 'learner' }
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
		expect(ask({ path: '/health/ready' })).toEqual(PASS);
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
		expect(ask({ method: 'POST', origin: ADDRESS })).toEqual(PASS);
	});
	test('another page may lead a person here, and not read, frame or fetch ahead', () => {
		expect(ask({ fetched: LINK })).toEqual(PASS);
		for (const site of ['cross-site', 'same-site'])
			for (const other of [
				{ 'sec-fetch-mode': 'no-cors' },
				{ 'sec-fetch-dest': 'iframe' },
				{ 'sec-purpose': 'prefetch' },
				{ 'sec-purpose': 'prefetch;prerender' },
				{ purpose: 'prefetch' }
			])
				expect(
					ask({ path: '/lessons/a', fetched: { ...LINK, 'sec-fetch-site': site, ...other } })
				).toMatchObject({ code: 'foreign-origin' });
		for (const path of ['/api/lessons/a/events', '/metrics', '/health/ready'])
			expect(ask({ path, fetched: LINK })).toMatchObject({ code: 'foreign-origin' });
	});
	test('nothing but a page that is opened uses an invitation: no picture, no script, no data', () => {
		const path = invite('picture');
		const data = path.replace('/', '/__data.json');
		for (const dest of ['image', 'empty', 'iframe', 'script', 'style'])
			for (const cookie of [key, undefined]) {
				const fetched = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': dest };
				expect(ask({ path, cookie, fetched })).toMatchObject({ type: 'refuse', status: 403 });
				expect(ask({ path: data, cookie })).toMatchObject({ type: 'refuse', status: 403 });
			}
		const fetched = { 'sec-fetch-dest': 'document' };
		expect(ask({ path, cookie: undefined, fetched })).toMatchObject({ type: 'welcome' });
	});

	test('a page that the browser fetches ahead of us opens no stream, and no invitation', () => {
		const fetched = { 'sec-purpose': 'prefetch;prerender' };
		expect(ask({ fetched })).toEqual(PASS);
		expect(ask({ fetched, path: '/api/lessons/a/events' })).toMatchObject({ type: 'refuse' });
		const path = invite('ahead');
		expect(ask({ fetched, path, cookie: undefined })).toMatchObject({ type: 'refuse' });
		expect(ask({ path, cookie: undefined })).toMatchObject({ type: 'welcome' });
	});
});

describe('a class', () => {
	const asked = (role: 'learner' | 'teacher', path: string) =>
		ask({ path, cookie: keyOf('anna', role), isClass: true });

	test.each(['/health', '/health/__data.json', '/metrics'])('%s is for those who teach', (path) => {
		expect(asked('learner', path)).toMatchObject({ status: 403, code: 'staff-only' });
		expect(asked('teacher', path)).toMatchObject({ type: 'pass', isStaff: true });
	});
	test('a learner may do everything else, and is told no reasons', () => {
		for (const path of ['/', '/lessons/a', '/api/lessons/a/events', '/health/ready'])
			expect(asked('learner', path)).toMatchObject({ type: 'pass', isStaff: false });
	});
	test('a key from before there were roles is a learner’s', () => {
		expect(ask({ path: '/health', isClass: true })).toMatchObject({ code: 'staff-only' });
	});
	test('a route that nobody has entered in the list opens nothing', () => {
		expect(asked('teacher', '/new')).toMatchObject({ status: 403 });
	});
	test('an address typed into a browser of somebody else lets in whom it names', async () => {
		const { newAddress } = await import('../../../scripts/start/invite.mjs');
		const path = newAddress(folder, '', 'ben');
		const anna = { path, cookie: keyOf('anna', 'learner'), isClass: true };
		expect(ask({ ...anna, fetched: LINK })).toEqual({ type: 'redirect', location: '/' });
		const inAnOutput = { ...LINK, 'sec-fetch-site': 'same-origin' };
		expect(ask({ ...anna, fetched: inAnOutput })).toEqual({ type: 'redirect', location: '/' });
		const welcome = ask(anna);
		expect(welcome).toMatchObject({ type: 'welcome', key: expect.stringMatching(/^ben\./) });
		expect(ask({ ...anna, path: newAddress(folder, '', 'anna') })).toMatchObject({
			type: 'redirect'
		});
	});
});
