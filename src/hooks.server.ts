/**
 * The gate every request passes, and what begins and ends with the web process.
 */
import {
	redirect,
	type Cookies,
	type Handle,
	type HandleServerError,
	type ServerInit
} from '@sveltejs/kit';
import { beAlone } from '$lib/server/alone';
import { goAhead } from '$lib/server/ahead';
import { beginBackups } from '$lib/server/backup';
import { closeSessions, prepareHost, resumeSessions } from '$lib/server/session/sessions';
import { DatabaseRefused } from '$lib/server/db/client';
import { databaseMessage } from '$lib/server/database';
import { bringsKey, giveKey, renameOld } from '$lib/server/cookies';
import { judge } from '$lib/server/gate';
import { beginHealth, noteStopping } from '$lib/server/health/sampler';
import { isClass } from '$lib/server/health/settings';
import { logError } from '$lib/server/log';
import { inJson, refusalPage } from '$lib/server/refusal';
import { OLD_THEME_COOKIE, THEME_COOKIE, toTheme } from '$lib/protocol/theme';

const HEADERS = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin'
} as const;

export const init: ServerInit = async () => {
	beAlone(process.env['ORIGIN']);
	// At once, not when the last stream has ended: ending the streams is part of it.
	for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop());
	// One learner's work that fails is told in the log. It does not end everybody's.
	process.on('unhandledRejection', (reason) => logError(reason, 'Something failed unheard.'));
	beginHealth();
	goAhead();
	try {
		await resumeSessions();
		void prepareHost();
		beginBackups();
	} catch (error) {
		// Every page will say so; the file is left as it is.
		if (!(error instanceof DatabaseRefused)) throw error;
		logError(error.message);
	}
};

async function stop(): Promise<void> {
	noteStopping();
	await closeSessions();
}

export const handle: Handle = async ({ event, resolve }) => {
	const address = process.env['ORIGIN'] ?? event.url.origin;
	const { request, url, cookies, route } = event;
	const key = bringsKey(cookies, address);
	const { method, headers } = request;
	const verdict = judge(
		{ method, url, route: route.id, isData: event.isDataRequest, headers, key },
		{ address, isClass: isClass() }
	);
	if (verdict.type === 'refuse') return refusalPage(verdict, isApi(route.id));
	if (verdict.type === 'welcome') giveKey(cookies, address, verdict.key);
	if (verdict.type === 'welcome' || verdict.type === 'redirect') redirect(303, verdict.location);
	if (verdict.type === 'pass') {
		event.locals.learner = verdict.person.learner;
		renameOld(cookies, address);
	}
	event.locals.mayMeasure =
		verdict.type === 'collector' || (verdict.type === 'pass' && verdict.isStaff);
	const response = await resolve(event, {
		transformPageChunk: ({ html }) => inTheme(html, cookies)
	});
	for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
	allowEditorStyles(response.headers);
	return isApi(route.id) ? inJson(response) : response;
};

function isApi(route: string | null): boolean {
	return route?.startsWith('/api/') ?? false;
}

function inTheme(html: string, cookies: Cookies): string {
	const said = cookies.get(THEME_COOKIE) ?? cookies.get(OLD_THEME_COOKIE);
	return html.replace('"%theme%"', `"${toTheme(said)}"`);
}

/** SvelteKit gives its nonce to scripts only; the editor's style element carries it as well. */
function allowEditorStyles(headers: Headers): void {
	const policy = headers.get('content-security-policy');
	const nonce = /'nonce-[^']+'/.exec(policy ?? '')?.[0];
	if (!policy || !nonce) return;
	headers.set(
		'content-security-policy',
		policy.replace(/style-src ([^;]*)/, (all, sources: string) =>
			/'nonce-|'unsafe-inline'/.test(sources) ? all : `${all} ${nonce}`
		)
	);
}

export const handleError: HandleServerError = ({ error, status, message }) => {
	if (error instanceof DatabaseRefused) return databaseMessage(error);
	if (status !== 404) logError(error);
	return { message };
};
