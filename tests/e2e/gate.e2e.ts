/**
 * Who gets what from the real, built server: every route, by every kind of asker, from every kind of place,
 * and under every other spelling of its path. Whether a kernel is started is looked at as well.
 */
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { newAddress } from '../../scripts/start/invite.mjs';
import { startApp, type App } from './app';
import {
	ask,
	each,
	expected,
	inPlace,
	METHODS,
	PLACES,
	ROLES,
	routeIds,
	ROUTES,
	SLUG,
	spellings,
	type Headers,
	type Role
} from './gate';
import { LESSONS } from './lesson';

/** In what only one learner may see. */
const CANARY = 'canary-of-another';

let classroom: App;
let alone: App;
const keys = new Map<Role | 'another', Headers>();

test.beforeAll(async () => {
	[classroom, alone] = await Promise.all([
		startApp({ TUNINGFORK_CLASS: '1', TUNINGFORK_FORK: '0', TUNINGFORK_POOL: '0' }),
		startApp({ TUNINGFORK_FORK: '0', TUNINGFORK_POOL: '0' })
	]);
	const address = (learner: string, role: 'learner' | 'teacher') =>
		newAddress(classroom.data, classroom.url, learner, role);
	keys.set('stranger', {});
	keys.set('learner', await enter(address('anna', 'learner')));
	keys.set('teacher', await enter(address('teacher', 'teacher')));
	keys.set('old key', await enter(newAddress(classroom.data, classroom.url)));
	keys.set('another', await enter(address(CANARY, 'learner')));
	keys.set('alone', await enter(newAddress(alone.data, alone.url)));
	const token = readFileSync(join(classroom.data, 'metrics-token'), 'utf8').trim();
	keys.set('collector', { authorization: `Bearer ${token}` });
});

test.afterAll(async () => {
	await classroom.stop();
	await alone.stop();
});

async function enter(address: string): Promise<Headers> {
	const answer = await fetch(address, { redirect: 'manual' });
	expect(answer.status).toBe(303);
	return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

function appOf(role: Role): App {
	return role === 'alone' ? alone : classroom;
}

test('every route is in the table', () => {
	expect(Object.keys(ROUTES).toSorted()).toEqual(routeIds());
});

/** The state in the page: its notebook is JSON in a text. */
const stateIn = (phase: string) => new RegExp(String.raw`kernel\\?":\{\\?"phase\\?":\\?"${phase}`);

test('reading a page starts no Python, whoever reads it; the page’s own stream does', async () => {
	const path = `/lessons/${SLUG}`;
	const learner = keys.get('learner') ?? {};
	for (const { headers } of Object.values(PLACES))
		await ask(classroom, 'GET', path, { ...learner, ...inPlace(headers, classroom) });
	const again = await ask(classroom, 'GET', path, learner);
	expect(again.status).toBe(200);
	expect(again.body).toMatch(stateIn('off'));
	await ask(classroom, 'HEAD', `/api${path}/events`, learner);
	expect((await ask(classroom, 'GET', path, learner)).body).toMatch(stateIn('off'));
	await ask(classroom, 'GET', `/api${path}/events`, learner);
	expect((await ask(classroom, 'GET', path, learner)).body).toMatch(stateIn('starting'));
});

test('each route lets in whom it shall, from where it may be asked', async () => {
	const cases = Object.keys(ROUTES).flatMap((id) =>
		ROLES.flatMap((role) =>
			Object.entries(PLACES).flatMap(([place, { headers, from }]) =>
				METHODS.map((method) => ({ id, role, place, headers, from, method }))
			)
		)
	);
	const wrong: string[] = [];
	await each(cases, async ({ id, role, place, headers, from, method }) => {
		const app = appOf(role);
		const all = { ...keys.get(role), ...inPlace(headers, app) };
		const { status } = await ask(app, method, ROUTES[id]?.path ?? '', all);
		const refused = expected(id, role, from, method);
		const isFine = refused === null ? isThrough(status) : status === refused;
		if (!isFine)
			wrong.push(
				`${method} ${id} by ${role} from ${place}: ${status}, not ${refused ?? 'through'}`
			);
	});
	expect(wrong).toEqual([]);
	expect(cases.length).toBeGreaterThan(6000);
});

/** Not refused, and no failure. `/health/ready` may say 503 on a machine that is short of disk. */
function isThrough(status: number): boolean {
	return status !== 401 && status !== 403 && (status < 500 || status === 503);
}

/** All that a stranger is ever given. */
const FOR_STRANGERS = new Set(['ok', 'not ready', '']);

test('no spelling of a path opens what the plain one does not, and none leads away', async () => {
	await sayCanary();
	const frame = (await ask(classroom, 'GET', '/frame', {})).body;
	const cases = Object.values(ROUTES).flatMap(({ path }) =>
		spellings(path).flatMap((spelling) =>
			ROLES.flatMap((role) =>
				['a program', 'a link elsewhere'].map((place) => ({
					spelling,
					role,
					place
				}))
			)
		)
	);
	const wrong: string[] = [];
	await each(cases, async ({ spelling, role, place }) => {
		const app = appOf(role);
		const headers = { ...keys.get(role), ...inPlace(PLACES[place]?.headers ?? {}, app) };
		const { status, headers: said, body } = await ask(app, 'GET', spelling, headers);
		const what = `${spelling} by ${role} from ${place}: ${status}`;
		const { location } = said;
		if (location !== undefined && new URL(location, app.url).origin !== app.url)
			wrong.push(`${what}, away to ${location}`);
		if (status >= 500 && status !== 503) wrong.push(what);
		const isLearner = role === 'learner' || role === 'old key';
		if (isLearner && body.includes(CANARY)) wrong.push(`${what}, and tells of others`);
		const isFree = FOR_STRANGERS.has(body) || body === frame || status >= 300;
		if (role === 'stranger' && !isFree) wrong.push(`${what}, and tells ${body.slice(0, 80)}`);
	});
	expect(wrong).toEqual([]);
});

/** Another learner's words, which those who teach find on the page of all kernels, and no learner finds. */
async function sayCanary(): Promise<void> {
	const api = `/api/lessons/${SLUG}`;
	const headers = { ...keys.get('another'), origin: classroom.url };
	await ask(classroom, 'GET', `/lessons/${SLUG}`, headers);
	await ask(classroom, 'GET', `${api}/events`, headers);
	const command = { type: 'add', cell: 'scratch-1', after: 'data', source: CANARY };
	const body = JSON.stringify({ id: 'one', viewer: 'one', command });
	const json = { ...headers, 'content-type': 'application/json' };
	expect((await ask(classroom, 'POST', `${api}/commands`, json, body)).status).toBe(200);
	await expect
		.poll(async () => (await ask(classroom, 'GET', '/health', keys.get('teacher') ?? {})).body, {
			timeout: 20_000
		})
		.toContain(CANARY);
}

test('an invitation leads nowhere else, however its path is written, with a key and without', async () => {
	for (const path of [
		'//evil.example/x',
		'/.//evil.example',
		'/\\evil.example',
		'/%2e//evil.example'
	])
		for (const key of [{}, keys.get('alone') ?? {}]) {
			const invite = new URL(newAddress(alone.data, alone.url)).search;
			const { status, headers } = await ask(alone, 'GET', `${path}${invite}`, key);
			expect([path, status, new URL(headers.location ?? '', alone.url).origin]).toEqual([
				path,
				303,
				alone.url
			]);
		}
});

test('whatever is sent to a lesson is answered in JSON, and nothing of it in the log', async () => {
	const before = alone.log().length;
	const send = (kind: string, body: string, type?: string) =>
		ask(
			alone,
			'POST',
			`/api/lessons/${SLUG}/${kind}`,
			{ ...keys.get('alone'), origin: alone.url, ...(type && { 'content-type': type }) },
			body
		);
	const json = 'application/json';
	const big = JSON.stringify({
		id: 'a',
		viewer: 'a',
		command: { type: 'restart', x: 'x'.repeat(20_000) }
	});
	const cases: [string, string, string | undefined, number][] = ['commands', 'questions'].flatMap(
		(kind) => [
			[kind, '{', json, 400],
			[kind, '', json, 400],
			[kind, 'null', json, 400],
			[kind, '[[[[', json, 400],
			[kind, '['.repeat(100_000), json, 400],
			[kind, '"\ud800"', json, 400],
			[kind, '{"command":{"type":"__proto__"}}', json, 400],
			[kind, '{}', undefined, 415],
			[kind, '{}', 'text/plain', 415],
			[kind, 'a=b', 'application/x-www-form-urlencoded', 415],
			[kind, `"${'x'.repeat(17_000_000)}"`, json, 413]
		]
	);
	for (const [kind, body, type, status] of [
		...cases,
		['commands', big, json, 413] as (typeof cases)[number]
	]) {
		const answer = await send(kind, body, type);
		expect([kind, body.slice(0, 30), type, answer.status]).toEqual([
			kind,
			body.slice(0, 30),
			type,
			status
		]);
		expect(JSON.parse(answer.body)).toMatchObject({ ok: false, problem: { code: 'bad-command' } });
	}
	const missing = await ask(alone, 'GET', '/api/lessons/none/events', keys.get('alone') ?? {});
	expect([missing.status, JSON.parse(missing.body)]).toMatchObject([404, { ok: false }]);
	expect(alone.log().slice(before)).toBe('');
});

test('a cookie under the old name is taken once more, and changed for one with the port in it', async () => {
	const { cookie = '' } = keys.get('alone') ?? {};
	expect(cookie).toMatch(new RegExp(`^tuningfork-${new URL(alone.url).port}=`));
	const old = { cookie: cookie.replace(/^[^=]+/, 'tuningfork') };
	const answer = await ask(alone, 'GET', '/', old);
	expect(answer.status).toBe(200);
	const [fresh = '', gone = ''] = answer.headers['set-cookie'] ?? [];
	expect(fresh.split(';')[0]).toBe(cookie);
	expect(fresh).toMatch(/HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i);
	expect(gone).toMatch(/^tuningfork=;.*Max-Age=0/);
	// Another installation on this computer: its key is left alone and means nothing here.
	const other = { cookie: `tuningfork=me.x.y; ${cookie}` };
	const both = await ask(alone, 'GET', '/', other);
	expect([both.status, both.headers['set-cookie']]).toEqual([200, undefined]);
});

test('the policy names each nonce once', async () => {
	const { headers } = await ask(alone, 'GET', `/lessons/${SLUG}`, keys.get('alone') ?? {});
	const policy = String(headers['content-security-policy']);
	for (const directive of policy.split(';'))
		expect(directive.match(/'nonce-/g) ?? []).toHaveLength(
			/^ ?(script|style)-src /.test(directive) ? 1 : 0
		);
});

test('with a full disk every lesson opens, and what is typed is told to be unsaved until there is room', async () => {
	const key = { ...keys.get('alone'), origin: alone.url };
	const bound = (size: string) =>
		execFileSync('prlimit', ['--pid', String(alone.pid), `--fsize=${size}:unlimited`]);
	const add = async (id: string) => {
		const command = { type: 'add', cell: `scratch-${id}`, after: 'data', source: 'kept' };
		const body = JSON.stringify({ id, viewer: 'v', command });
		const headers = { ...key, 'content-type': 'application/json' };
		const answer = await ask(alone, 'POST', `/api/lessons/${SLUG}/commands`, headers, body);
		return JSON.parse(answer.body) as { ok: boolean; problem?: { code: string } };
	};
	await ask(alone, 'GET', `/lessons/${SLUG}`, key);
	// Not one byte more into any file: SQLite meets what it meets on a full disk.
	bound('1');
	for (const slug of LESSONS) {
		const page = await ask(alone, 'GET', `/lessons/${slug}`, key);
		expect([slug, page.status]).toEqual([slug, 200]);
		expect(page.body.match(/data-cell=/g)?.length).toBeGreaterThan(2);
	}
	expect(await add('one')).toMatchObject({ ok: false, problem: { code: 'disk-full' } });
	bound('unlimited');
	await expect.poll(async () => (await add('two')).ok).toBe(true);
	const page = await ask(alone, 'GET', `/lessons/${SLUG}`, key);
	expect(page.body.match(/data-cell="scratch-(one|two)"/g)).toHaveLength(2);
	const other = await ask(alone, 'GET', `/lessons/${LESSONS[1]}`, key);
	expect(other.body).not.toMatch(/journal:""/);
});
