/**
 * The one gate: every request passes here before anything else happens.
 *
 * It checks, in this order: the Host (against DNS rebinding), the Origin of anything that is not a
 * plain read or that a foreign page could read from (against cross-site requests), and who is
 * asking. It knows nothing of lessons.
 */
import { isCollector } from './health/token';
import { acceptInvite, makeKey, readKey } from './secret';

export const COOKIE = 'tuningfork';

export type Verdict =
	| { readonly type: 'pass'; readonly learner: string }
	/** Let in for the first time: set the cookie and go on to the address without the invitation. */
	| { readonly type: 'welcome'; readonly key: string; readonly location: string }
	/** Has a key already and used an address again: simply go on. */
	| { readonly type: 'redirect'; readonly location: string }
	| { readonly type: 'open' }
	/** A program that collects measurements: it may read those and nothing else. */
	| { readonly type: 'collector' }
	| {
			readonly type: 'refuse';
			readonly status: 401 | 403;
			readonly code: 'signed-out' | 'foreign-host' | 'foreign-origin';
	  };

export interface Asked {
	readonly method: string;
	readonly url: URL;
	readonly host: string | null;
	readonly origin: string | null;
	readonly fetchSite: string | null;
	readonly cookie: string | undefined;
	readonly authorization: string | null;
}

/** Paths that tell nothing and change nothing. */
const OPEN = new Set(['/healthz', '/health/live', '/favicon.svg', '/frame']);
/** Answers everybody yes or no, and why to who may know. */
const HALF_OPEN = '/health/ready';
const MEASURED = new Set(['/metrics', '/health', HALF_OPEN]);
const READS = new Set(['GET', 'HEAD']);

/** @param address the one origin this installation answers to, such as `http://127.0.0.1:4321` */
export function judge(asked: Asked, address: string): Verdict {
	if (asked.host !== new URL(address).host) return refuse(403, 'foreign-host');
	if (OPEN.has(asked.url.pathname) && READS.has(asked.method)) return { type: 'open' };
	if (!isOwnOrigin(asked, address)) return refuse(403, 'foreign-origin');
	const learner = readKey(asked.cookie);
	const invite = asked.url.searchParams.get('invite');
	if (invite !== null && asked.method === 'GET') return admit(asked.url, invite, learner);
	if (learner) return { type: 'pass', learner };
	return READS.has(asked.method) ? judgeStranger(asked) : refuse(401, 'signed-out');
}

/** Without a key only measurements can be read, and for those there is a token. */
function judgeStranger({ url, authorization }: Asked): Verdict {
	if (MEASURED.has(url.pathname) && isCollector(authorization)) return { type: 'collector' };
	return url.pathname === HALF_OPEN ? { type: 'open' } : refuse(401, 'signed-out');
}

/** A read may come without an Origin (a typed address, a link); anything else must name ours. */
function isOwnOrigin(asked: Asked, address: string): boolean {
	if (asked.origin !== null) return asked.origin === address;
	return READS.has(asked.method) && !isForeignRead(asked);
}

/** A foreign page may link here, which is a navigation, but may not embed or fetch from here. */
function isForeignRead(asked: Asked): boolean {
	const site = asked.fetchSite;
	const page = !asked.url.pathname.startsWith('/api/');
	return site !== null && site !== 'same-origin' && site !== 'none' && !page;
}

function admit(url: URL, invite: string, learner: string | null): Verdict {
	const clean = new URL(url);
	clean.searchParams.delete('invite');
	const location = clean.pathname + clean.search;
	if (learner) return { type: 'redirect', location };
	const invited = acceptInvite(invite);
	if (invited === null) return refuse(401, 'signed-out');
	return { type: 'welcome', key: makeKey(invited), location };
}

function refuse(status: 401 | 403, code: Extract<Verdict, { type: 'refuse' }>['code']): Verdict {
	return { type: 'refuse', status, code };
}
