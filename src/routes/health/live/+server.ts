import type { RequestHandler } from './$types';

/** Says that the web process answers. Open to everyone who reaches the port, and tells nothing else. */
export const GET: RequestHandler = () =>
	new Response('ok', { headers: { 'cache-control': 'no-store' } });
