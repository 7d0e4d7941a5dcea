/** The table of who may ask the built server for what, and how it is asked. */
import { readdirSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { relative } from 'node:path';
import type { App } from './app';
import { LESSONS } from './lesson';

export const SLUG = LESSONS[0];
/** What each route is: to whom it answers, and from where. Said here once more, and not taken from the app. */
export const ROUTES: Readonly<
	Record<string, { who: Who; path: string; page?: true; measured?: true }>
> = {
	'/': { who: 'people', path: '/', page: true },
	'/lessons/[slug]': { who: 'people', path: `/lessons/${SLUG}`, page: true },
	'/api/lessons/[slug]/commands': { who: 'people', path: `/api/lessons/${SLUG}/commands` },
	'/api/lessons/[slug]/events': { who: 'people', path: `/api/lessons/${SLUG}/events` },
	'/api/lessons/[slug]/questions': { who: 'people', path: `/api/lessons/${SLUG}/questions` },
	'/api/lessons/[slug]/texts/[execution]/[key]': {
		who: 'people',
		path: `/api/lessons/${SLUG}/texts/a.b/1`
	},
	'/api/lessons/[slug]/files/[...path]': {
		who: 'people',
		path: `/api/lessons/${SLUG}/files/folder/a.csv`
	},
	'/frame': { who: 'all', path: '/frame' },
	'/healthz': { who: 'all', path: '/healthz' },
	'/health/live': { who: 'all', path: '/health/live' },
	'/health/ready': { who: 'half', path: '/health/ready', measured: true },
	'/health': { who: 'staff', path: '/health', page: true, measured: true },
	'/metrics': { who: 'staff', path: '/metrics', measured: true }
};
export type Who = 'all' | 'half' | 'people' | 'staff';
export type Role = 'stranger' | 'learner' | 'teacher' | 'old key' | 'collector' | 'alone';
export const ROLES: readonly Role[] = [
	'stranger',
	'learner',
	'teacher',
	'old key',
	'collector',
	'alone'
];

export const NAVIGATE = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
export const site = (name: string, more: Record<string, string> = NAVIGATE) => ({
	'sec-fetch-site': name,
	...more
});
export const EVIL = 'http://evil.example';
/** Where a request comes from: its headers, and whether it may come from there. */
export const PLACES: Readonly<Record<string, { headers: Headers; from: From }>> = {
	'a program': { headers: {}, from: 'nowhere' },
	'a typed address': { headers: site('none'), from: 'nowhere' },
	'a page of ours': { headers: { ...site('same-origin'), origin: '%ours%' }, from: 'ours' },
	'a link elsewhere': { headers: site('cross-site'), from: 'link' },
	'a link on another port': { headers: site('same-site'), from: 'link' },
	'a frame elsewhere': {
		headers: site('cross-site', { ...NAVIGATE, 'sec-fetch-dest': 'iframe' }),
		from: 'foreign'
	},
	'an image elsewhere': {
		headers: site('cross-site', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }),
		from: 'foreign'
	},
	'a fetch on another port': {
		headers: site('same-site', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }),
		from: 'foreign'
	},
	'a prefetch elsewhere': {
		headers: site('cross-site', { ...NAVIGATE, 'sec-purpose': 'prefetch' }),
		from: 'foreign'
	},
	'a prerendering on another port': {
		headers: site('same-site', { ...NAVIGATE, 'sec-purpose': 'prefetch;prerender' }),
		from: 'foreign'
	},
	'a prerendering of the browser': {
		headers: site('none', { ...NAVIGATE, 'sec-purpose': 'prefetch;prerender' }),
		from: 'ahead'
	},
	'a foreign origin': { headers: { origin: EVIL }, from: 'foreign' },
	'an origin without a name': { headers: { origin: 'null' }, from: 'foreign' },
	'our port by another name': { headers: { host: 'localhost:4321' }, from: 'stranger host' }
};
export type Headers = Readonly<Record<string, string>>;
export type From = 'nowhere' | 'ours' | 'link' | 'ahead' | 'foreign' | 'stranger host';
export const READS = ['GET', 'HEAD'];
export const METHODS = [...READS, 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/** The status of a refusal; `null`: it gets through to the route. */
export function expected(id: string, role: Role, from: From, method: string): 401 | 403 | null {
	const route = ROUTES[id];
	const reads = READS.includes(method);
	if (!route || from === 'stranger host') return 403;
	if (route.who === 'all' && reads) return null;
	const comes =
		from === 'ours' ||
		(from === 'nowhere' && reads) ||
		(from === 'link' && route.page && method === 'GET') ||
		(from === 'ahead' && route.page && reads);
	if (!comes) return 403;
	if (role === 'stranger') return reads && route.who === 'half' ? null : 401;
	if (role === 'collector') return reads && (route.measured ?? route.who === 'half') ? null : 401;
	if (route.who === 'all') return 403;
	return route.who === 'staff' && (role === 'learner' || role === 'old key') ? 403 : null;
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** The path goes over the wire as it stands. Of a stream only the beginning is waited for. */
export function ask(
	app: App,
	method: string,
	path: string,
	headers: Headers,
	body = ''
): Promise<Answer> {
	const { hostname, port, host } = new URL(app.url);
	return new Promise((resolve, reject) => {
		const asked = request(
			{ hostname, port, method, path, headers: { host, ...headers } },
			(answer) => {
				let text = '';
				const end = () =>
					resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
				answer.setEncoding('utf8').on('data', (part: string) => (text += part));
				answer.on('end', end);
				if (answer.headers['content-type'] !== 'text/event-stream' || method === 'HEAD') return;
				end();
				answer.on('error', () => undefined);
				asked.destroy();
			}
		);
		asked.on('error', reject).end(body);
	});
}

export function inPlace(headers: Headers, app: App): Headers {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, value.replace('%ours%', app.url)])
	);
}

/** A few at a time. */
export async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
	const rest = [...all];
	const worker = async () => {
		for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
	};
	await Promise.all(Array.from({ length: 8 }, worker));
}

/** The routes as they lie in the tree. */
export function routeIds(): readonly string[] {
	const files = readdirSync('src/routes', { recursive: true, withFileTypes: true });
	const doors = files.filter(({ name }) => /^\+(page\.svelte|server\.ts)$/.test(name));
	return [
		...new Set(doors.map(({ parentPath }) => `/${relative('src/routes', parentPath)}`))
	].toSorted();
}

/** Other spellings of a path, and what is hung on one. */
export function spellings(path: string): readonly string[] {
	const [, first = '', rest = ''] = /^\/(.?)(.*)$/.exec(path) ?? [];
	const code = first.charCodeAt(0).toString(16);
	return [
		`/${path}`,
		`/.${path}`,
		`/./${path}`,
		`/.//evil.example${path}`,
		`//evil.example${path}`,
		`/\\evil.example${path}`,
		`\\${path}`,
		`/x/..${path}`,
		`/x/%2e%2e${path}`,
		`/%2e%2e${path}`,
		`/frame/..${path}`,
		`/healthz/%2e%2e${path}`,
		`/frame%2f..${path}`,
		`/%${code}${rest}`,
		`/%25${code}${rest}`,
		path.replaceAll('/', '%2f'),
		path.replaceAll('/', '\\'),
		path.toUpperCase(),
		`${path}/`,
		`${path}//`,
		`${path};a=b`,
		`${path}%00`,
		`${path}%20`,
		`${path}%0d%0ax:y`,
		`${path}.json`,
		`${path}/.`,
		`${path}/..`,
		`${path}?`,
		`${path}?invite=`,
		`${path}?invite=..%2fsecret`,
		`${path}?x-sveltekit-invalidated=111`,
		`${path}/__data.json`,
		`${path}__data.json`,
		`${path}/__data.json?x-sveltekit-invalidated=111`,
		`${path}/%5f_data.json`,
		`${path}/__route.js`,
		`${path}.html__data.json`
	];
}
