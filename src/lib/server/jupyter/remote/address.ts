/**
 * Where the other Jupyter server is and how one is let in, from the environment. docs/remote.md
 * says what each variable is for.
 */
import { readFileSync } from 'node:fs';
import { RemoteFailure } from './failure';

export interface RemoteAddress {
	/** With the path below which its API lies, and a slash at the end. */
	readonly url: string;
	/** Sent in a header only. Empty: that server asks for none. */
	readonly token: string;
	/** Name of a kernelspec; `null`: one of Python is looked for. */
	readonly kernel: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Is another server wanted at all? */
export function isRemote(env: Environment): boolean {
	return Boolean(env['TUNINGFORK_JUPYTER_URL']);
}

/** @throws RemoteFailure "remote-address" */
export function remoteAddress(env: Environment): RemoteAddress {
	return {
		url: readUrl(env['TUNINGFORK_JUPYTER_URL'] ?? ''),
		token: readToken(env),
		kernel: env['TUNINGFORK_JUPYTER_KERNEL'] || null
	};
}

function readUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (!url || !/^https?:$/.test(url.protocol)) throw badAddress('url', text);
	if (url.username || url.password) throw badAddress('password', url.host);
	// A copied address often has the token in it, or the page that was open.
	if (url.search || url.hash) throw badAddress('query', `${url.origin}${url.pathname}`);
	const path = url.pathname.replace(/\/(lab|tree|notebooks|edit|api)(\/.*)?$/, '');
	return `${url.origin}${path.replace(/\/+$/, '')}/`;
}

function readToken(env: Environment): string {
	const file = env['TUNINGFORK_JUPYTER_TOKEN_FILE'];
	if (!file) return (env['TUNINGFORK_JUPYTER_TOKEN'] ?? '').trim();
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		throw new RemoteFailure('remote-address', {
			about: 'file',
			given: file,
			reason: error instanceof Error ? error.message : String(error)
		});
	}
}

function badAddress(about: 'url' | 'password' | 'query', given: string): RemoteFailure {
	return new RemoteFailure('remote-address', { about, given });
}
