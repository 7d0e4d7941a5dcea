/** Where this server may send a browser: to itself. Pure. */

/**
 * Path and search of an address of ours, for a `Location` header. A path that begins with two slashes
 * names another computer there, so it loses all but one; `\` counts as a slash to browsers.
 * @param url as this server was asked; what cannot be put in words as a path of ours becomes `/`
 */
export function localPath(url: URL): string {
	const path = `/${url.pathname.replace(/^[/\\]+/, '')}${url.search}`;
	const there = URL.canParse(path, url.origin) ? new URL(path, url.origin) : null;
	return there?.origin === url.origin ? there.pathname + there.search : '/';
}
