import type { RequestHandler } from './$types';

/** Says that the web process answers. Open to everyone who reaches the port. */
export const GET: RequestHandler = () => new Response('ok');
