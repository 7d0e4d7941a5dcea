/** What an address from an output leads to, and what the page may offer of it. */

export type Target =
	/** `short`: the address in words, so that nobody goes where they did not mean to. */
	| { readonly kind: 'web'; readonly href: string; readonly host: string }
	| { readonly kind: 'file'; readonly path: string }
	| { readonly kind: 'other'; readonly text: string };

export function toTarget(address: string): Target {
	const url = URL.parse(address);
	if (url && (url.protocol === 'http:' || url.protocol === 'https:')) {
		return { kind: 'web', href: url.href, host: url.host };
	}
	if (url || address.startsWith('//') || /[\0-\x1f\\]/.test(address)) {
		return { kind: 'other', text: address };
	}
	const path = decode(address.replace(/[?#].*$/, '')).replace(/^(?:\.\/)+/, '');
	return path === '' || path.startsWith('/') || path.split('/').includes('..')
		? { kind: 'other', text: address }
		: { kind: 'file', path };
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		// A per cent sign that means itself.
		return text;
	}
}
