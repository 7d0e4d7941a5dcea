/**
 * The page inside the frame for outputs. It runs whatever a cell sent, and may: it has no origin
 * (`sandbox` without `allow-same-origin`), so no cookies, no storage and no way to the page around it,
 * and its policy forbids it every address. What a policy cannot forbid, its own script takes away before
 * anything foreign runs (`ui/output/frame/seal.ts`).
 */
import INSIDE from '$lib/ui/output/frame/inside.ts?bundle';
import PAGE from './frame.html?raw';
import type { RequestHandler } from './$types';

const POLICY = [
	'sandbox allow-scripts',
	"default-src 'none'",
	"script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
	'worker-src blob: data:',
	"style-src 'unsafe-inline'",
	'img-src data: blob:',
	'media-src data: blob:',
	'font-src data:',
	"connect-src 'none'",
	"frame-src 'none'",
	"object-src 'none'",
	"form-action 'none'",
	"base-uri 'none'",
	"frame-ancestors 'self'",
	// Every string that becomes nodes or code passes the one policy that the frame's own script makes.
	"require-trusted-types-for 'script'",
	'trusted-types default'
].join('; ');

/** In a script element nothing but its end is special. */
const BODY = PAGE.replace('/* inside */', () => INSIDE.replaceAll('</script', '<\\/script'));

export const GET: RequestHandler = () =>
	new Response(BODY, {
		headers: {
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy': POLICY,
			// No connection at all, by whatever means; Chromium knows it.
			'connection-allowlist': '()',
			'permissions-policy':
				'payment=(), usb=(), serial=(), hid=(), bluetooth=(), midi=(), camera=(), microphone=()',
			'x-dns-prefetch-control': 'off',
			'cache-control': 'private, max-age=3600',
			'x-content-type-options': 'nosniff'
		}
	});
