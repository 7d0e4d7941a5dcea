/**
 * The page inside the frame for rich output. It runs whatever a cell sent, and may: it has no
 * origin (`sandbox` without `allow-same-origin`), so no cookies, no storage and no way to the page
 * around it, and its policy forbids it every address.
 */
import PAGE from './frame.html?raw';
import type { RequestHandler } from './$types';

const POLICY = [
	'sandbox allow-scripts',
	"default-src 'none'",
	"script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
	"style-src 'unsafe-inline'",
	'img-src data: blob:',
	'media-src data: blob:',
	'font-src data:',
	"connect-src 'none'",
	"form-action 'none'",
	"base-uri 'none'",
	"frame-ancestors 'self'"
].join('; ');

export const GET: RequestHandler = () =>
	new Response(PAGE, {
		headers: {
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy': POLICY,
			'cache-control': 'private, max-age=3600',
			'x-content-type-options': 'nosniff'
		}
	});
