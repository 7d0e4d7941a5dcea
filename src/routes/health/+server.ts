import { currentHealth } from '$lib/server/health/sampler';
import type { RequestHandler } from './$types';

/** What the page at this address shows, for programs: SvelteKit comes here unless HTML is preferred. */
export const GET: RequestHandler = async () =>
	Response.json(await currentHealth(), { headers: { 'cache-control': 'no-store' } });
