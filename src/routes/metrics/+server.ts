import { CONTENT_TYPE, metricsText } from '$lib/server/health/prometheus';
import { currentHealth } from '$lib/server/health/sampler';
import type { RequestHandler } from './$types';

/** The same facts for Prometheus, which comes with the token of `data/metrics-token`. */
export const GET: RequestHandler = async () =>
	new Response(metricsText(await currentHealth()), {
		headers: { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' }
	});
