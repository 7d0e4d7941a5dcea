/**
 * The gate every request passes, and what begins and ends with the web process.
 */
import { redirect, type Handle, type HandleServerError, type ServerInit } from '@sveltejs/kit';
import { goAhead } from '$lib/server/ahead';
import { beginBackups } from '$lib/server/backup';
import { closeSessions, prepareHost, resumeSessions } from '$lib/server/session/sessions';
import { DatabaseRefused } from '$lib/server/db/client';
import { databaseMessage } from '$lib/server/database';
import { COOKIE, judge, type Verdict } from '$lib/server/gate';
import { beginHealth, noteStopping } from '$lib/server/health/sampler';
import { logSeldom } from '$lib/server/seldom';
import { refusalPage } from '$lib/server/refusal';
import { THEME_COOKIE, toTheme } from '$lib/protocol/theme';

const HEADERS = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin'
} as const;
const YEAR = 365 * 24 * 60 * 60;

export const init: ServerInit = async () => {
	// At once, not when the last stream has ended: ending the streams is part of it.
	for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop());
	// One learner's work that fails is told in the log. It does not end everybody's.
	process.on('unhandledRejection', (reason) => logSeldom('Something failed unheard.', reason));
	beginHealth();
	goAhead();
	try {
		await resumeSessions();
		void prepareHost();
		beginBackups();
	} catch (error) {
		// Every page will say so; the file is left as it is.
		if (!(error instanceof DatabaseRefused)) throw error;
		console.error(error.message);
	}
};

async function stop(): Promise<void> {
	noteStopping();
	await closeSessions();
}

export const handle: Handle = async ({ event, resolve }) => {
	const verdict = judge(
		{
			method: event.request.method,
			url: event.url,
			host: event.request.headers.get('host'),
			origin: event.request.headers.get('origin'),
			fetchSite: event.request.headers.get('sec-fetch-site'),
			cookie: event.cookies.get(COOKIE),
			authorization: event.request.headers.get('authorization')
		},
		process.env['ORIGIN'] ?? event.url.origin
	);
	if (verdict.type === 'refuse') return refusalPage(verdict, event.url.pathname);
	if (verdict.type === 'pass') event.locals.learner = verdict.learner;
	event.locals.mayMeasure = verdict.type === 'pass' || verdict.type === 'collector';
	if (verdict.type === 'welcome' || verdict.type === 'redirect') enter(verdict, event.cookies);
	const theme = toTheme(event.cookies.get(THEME_COOKIE));
	const response = await resolve(event, {
		transformPageChunk: ({ html }) => html.replace('"%theme%"', `"${theme}"`)
	});
	for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
	allowEditorStyles(response.headers);
	return response;
};

/** SvelteKit gives its nonce to scripts only; the editor's style element carries it as well. */
function allowEditorStyles(headers: Headers): void {
	const policy = headers.get('content-security-policy');
	const nonce = /'nonce-[^']+'/.exec(policy ?? '')?.[0];
	if (!policy || !nonce) return;
	headers.set(
		'content-security-policy',
		policy.replace(/style-src 'self'(?! 'unsafe-inline')/, `style-src 'self' ${nonce}`)
	);
}

function enter(
	verdict: Extract<Verdict, { type: 'welcome' | 'redirect' }>,
	cookies: Parameters<Handle>[0]['event']['cookies']
): never {
	if (verdict.type === 'welcome') {
		// `secure` only under TLS: on loopback there is none, and a browser would drop the cookie.
		const secure = (process.env['ORIGIN'] ?? '').startsWith('https:');
		cookies.set(COOKIE, verdict.key, {
			path: '/',
			httpOnly: true,
			sameSite: 'lax',
			secure,
			maxAge: YEAR
		});
	}
	redirect(303, verdict.location);
}

export const handleError: HandleServerError = ({ error, status, message }) => {
	if (error instanceof DatabaseRefused) return databaseMessage(error);
	if (status !== 404) console.error(error);
	return { message };
};
