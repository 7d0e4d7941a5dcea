/** What an answer, or none, from the other server means. Pure. */
import { RemoteFailure } from './failure';

export interface Answer {
	readonly status: number;
	readonly type: string;
	readonly location: string | null;
	readonly text: string;
}

/** `null`: it is an answer of a Jupyter server to somebody who may ask. */
export function failureOf(url: string, { status, type, location, text }: Answer) {
	const base = new URL(url);
	const address = base.href;
	if (status >= 300 && status < 400) return ofRedirect(base, location);
	if (status === 401 || status === 403)
		return new RemoteFailure('remote-refused', { address, said: said(text) });
	if (isStopped(status, text)) return new RemoteFailure('remote-stopped', { address });
	if (status === 429 || status >= 500)
		return new RemoteFailure('remote-busy', { address, status, said: said(text) });
	if (!type.includes('json')) return new RemoteFailure('remote-not-jupyter', { address, status });
	return null;
}

function ofRedirect(base: URL, location: string | null): RemoteFailure {
	const address = base.href;
	const target = URL.canParse(location ?? '', base) ? new URL(location ?? '', base) : base;
	if (/\/(login|oauth2?\w*)\b/.test(target.pathname))
		return new RemoteFailure('remote-refused', { address });
	// Without the query: it may hold what is not for a log.
	return new RemoteFailure('remote-elsewhere', {
		address,
		target: `${target.origin}${target.pathname}`
	});
}

/** JupyterHub answers 424, formerly 503, for a user whose server does not run. */
function isStopped(status: number, text: string): boolean {
	return status === 424 || (status === 503 && /is not running/i.test(text));
}

function said(text: string): string {
	try {
		const value: unknown = JSON.parse(text);
		const { message, reason } = value as { message?: unknown; reason?: unknown };
		const words = message || reason;
		return typeof words === 'string' ? words.slice(0, 300) : '';
	} catch {
		// Not for a program, and a page of HTML is not for a person either.
		return '';
	}
}

const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(VERIFY|GET)|ALTNAME/;
const REASONS: Readonly<Record<string, string>> = {
	ENOTFOUND: 'name',
	EAI_AGAIN: 'name',
	ECONNREFUSED: 'refused',
	ETIMEDOUT: 'time',
	UND_ERR_CONNECT_TIMEOUT: 'time',
	TimeoutError: 'time',
	EPROTO: 'tls',
	ERR_SSL_WRONG_VERSION_NUMBER: 'tls'
};

/** There was no answer. */
export function silenceOf(url: string, error: unknown): RemoteFailure {
	const address = new URL(url).href;
	const code = codeOf(error);
	if (CERTIFICATE.test(code)) return new RemoteFailure('remote-certificate', { address, code });
	return new RemoteFailure('remote-unreachable', {
		address,
		reason: REASONS[code] ?? null,
		code
	});
}

/** The innermost cause has the system's name for it. */
function codeOf(error: unknown): string {
	if (!(error instanceof Error)) return '';
	const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
	const deeper = codeOf(inner);
	if (deeper) return deeper;
	if ('code' in error && typeof error.code === 'string') return error.code;
	return error.name === 'TimeoutError' ? error.name : '';
}
