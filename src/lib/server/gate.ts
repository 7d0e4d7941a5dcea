/**
 * The one gate: every request passes here before anything else happens.
 *
 * It checks, in this order: the Host (against DNS rebinding), the Origin of anything that is not a
 * plain read or that a foreign page could read from (against cross-site requests), who is asking, and
 * whether that person may ask for this. It knows nothing of lessons; who may what is in `access.ts`.
 */
import { accessTo, READY, type Access } from './access';
import { isCollector } from './health/token';
import { localPath } from './local';
import { acceptInvite, makeKey, peekInvite, readKey, samePerson, type Person } from './secret';

export type Verdict =
	| { readonly type: 'pass'; readonly person: Person; readonly isStaff: boolean }
	/** Let in for the first time, or as somebody else: set the cookie and go on without the invitation. */
	| { readonly type: 'welcome'; readonly key: string; readonly location: string }
	/** Has a key already and used an address again: simply go on. */
	| { readonly type: 'redirect'; readonly location: string }
	| { readonly type: 'open' }
	/** A program that collects measurements: it may read those and nothing else. */
	| { readonly type: 'collector' }
	| Refusal;

export interface Refusal {
	readonly type: 'refuse';
	readonly status: 401 | 403;
	readonly code: 'signed-out' | 'foreign-host' | 'foreign-origin' | 'staff-only';
}

export interface Asked {
	readonly method: string;
	readonly url: URL;
	/** The id of the route that SvelteKit has found. */
	readonly route: string | null;
	/** The data of a page, for SvelteKit's own client. */
	readonly isData: boolean;
	readonly headers: Headers;
	/** What the browser's cookie says. */
	readonly key: string | undefined;
}

export interface House {
	/** The one origin this installation answers to, such as `http://127.0.0.1:4321`. */
	readonly address: string;
	readonly isClass: boolean;
}

const READS = new Set(['GET', 'HEAD']);

export function judge(asked: Asked, house: House): Verdict {
	if (asked.headers.get('host') !== new URL(house.address).host) return refuse(403, 'foreign-host');
	const access = accessTo(asked.route);
	if (access.who === 'everybody' && READS.has(asked.method)) return { type: 'open' };
	if (!isOwnOrigin(asked, house.address, access)) return refuse(403, 'foreign-origin');
	const person = readKey(asked.key);
	const invite = asked.url.searchParams.get('invite');
	if (invite !== null && access.isPage && asked.method === 'GET')
		return admit(asked, invite, person);
	if (person) return letIn(person, access, house);
	return READS.has(asked.method) ? judgeStranger(asked, access) : refuse(401, 'signed-out');
}

function letIn(person: Person, access: Access, { isClass }: House): Verdict {
	const isStaff = !isClass || person.role === 'teacher';
	const mayAsk = access.who === 'people' || (access.who === 'staff' && isStaff);
	return mayAsk ? { type: 'pass', person, isStaff } : refuse(403, 'staff-only');
}

/** Without a key only measurements can be read, and for those there is a token. */
function judgeStranger({ route, isData, headers }: Asked, { isMeasured }: Access): Verdict {
	if (isMeasured && !isData && isCollector(headers.get('authorization')))
		return { type: 'collector' };
	return route === READY ? { type: 'open' } : refuse(401, 'signed-out');
}

/** A read may come without an Origin (a typed address, a link); anything else must name ours. */
function isOwnOrigin(asked: Asked, address: string, access: Access): boolean {
	const origin = asked.headers.get('origin');
	if (origin !== null && origin !== address) return false;
	if (isForeign(asked)) return isFollowedLink(asked, access);
	if (isAhead(asked) && !access.isPage) return false;
	return origin !== null || READS.has(asked.method);
}

/** Another site's page is behind it; also one on another port of this computer. */
function isForeign({ headers }: Asked): boolean {
	const site = headers.get('sec-fetch-site');
	return site !== null && site !== 'same-origin' && site !== 'none';
}

/** A foreign page may lead a person here, and nothing else: no frame, no picture, no fetching ahead. */
function isFollowedLink(asked: Asked, { isPage }: Access): boolean {
	const { headers, method } = asked;
	const isDocument =
		headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
	return isPage && method === 'GET' && isDocument && !isAhead(asked);
}

/** The browser fetches it in case somebody wants it. */
function isAhead({ headers }: Asked): boolean {
	return /prefetch|prerender|preview/i.test(
		`${headers.get('sec-purpose')} ${headers.get('purpose')} ${headers.get('x-moz')}`
	);
}

function admit(asked: Asked, invite: string, person: Person | null): Verdict {
	// It would be used up before anybody has wanted it.
	if (isAhead(asked) || !isDocument(asked)) return refuse(403, 'foreign-origin');
	const clean = new URL(asked.url);
	clean.searchParams.delete('invite');
	const location = localPath(clean);
	if (person && !isForSomebodyElse(asked, invite, person)) return { type: 'redirect', location };
	const invited = acceptInvite(invite);
	if (invited !== null) return { type: 'welcome', key: makeKey(invited), location };
	return person ? { type: 'redirect', location } : refuse(401, 'signed-out');
}

/** A picture in an output is asked for by a page of ours, and must not make somebody else of a person. */
function isDocument({ headers, isData }: Asked): boolean {
	return !isData && ['document', null].includes(headers.get('sec-fetch-dest'));
}

/**
 * Two learners share a computer: whoever types an address is from then on whom it names. Not who
 * follows a link, of another site or of an output here: it could make one work under another's name
 * without a word.
 */
function isForSomebodyElse(asked: Asked, invite: string, person: Person): boolean {
	const isTyped = ['none', null].includes(asked.headers.get('sec-fetch-site'));
	const invited = isTyped ? peekInvite(invite) : null;
	return invited !== null && !samePerson(invited, person);
}

function refuse(status: 401 | 403, code: Refusal['code']): Verdict {
	return { type: 'refuse', status, code };
}
