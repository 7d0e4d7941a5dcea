/**
 * The cookie with the key: what it is called, and how it is set.
 *
 * A browser sends a cookie to every port of a host. With the port in its name, two installations on one
 * computer do not put each other out; other local servers still receive it (SECURITY.md).
 */
import type { Cookies } from '@sveltejs/kit';
import { readKey } from './secret';

/** What it was called before it had the port in its name. */
const OLD = 'tuningfork';
const YEAR = 365 * 24 * 60 * 60;

/** @param address the origin people type, such as `https://class.example.org` */
function cookieName(address: string): string {
	const { protocol, port } = new URL(address);
	const isSecure = protocol === 'https:';
	// With this beginning a browser takes it from this host only, and only over TLS.
	return `${isSecure ? '__Host-' : ''}${OLD}-${port || (isSecure ? '443' : '80')}`;
}

/** The key a browser has brought, also under the old name. */
export function bringsKey(cookies: Cookies, address: string): string | undefined {
	const key = cookies.get(cookieName(address));
	return readKey(key) ? key : cookies.get(OLD);
}

export function giveKey(cookies: Cookies, address: string, key: string): void {
	// `secure` only under TLS: on loopback there is none, and a browser would drop the cookie.
	const secure = address.startsWith('https:');
	const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
	cookies.set(cookieName(address), key, { ...options, maxAge: YEAR });
}

/** A key under the old name is from before an update: nobody is locked out by one. */
export function renameOld(cookies: Cookies, address: string): void {
	const old = cookies.get(OLD);
	if (old === undefined || !readKey(old)) return;
	if (!readKey(cookies.get(cookieName(address)))) giveKey(cookies, address, old);
	cookies.delete(OLD, { path: '/', secure: address.startsWith('https:') });
}
