import { isReady, readyText } from '$lib/server/health/ready';
import { currentHealth } from '$lib/server/health/sampler';
import type { RequestHandler } from './$types';

/** 200 or 503: whether the app may be used. Why, one reason a line, only to who has a key or the token. */
export const GET: RequestHandler = async ({ locals }) => {
	const { checks } = await currentHealth();
	const ready = isReady(checks);
	const text = locals.mayMeasure ? readyText(checks) : ready ? 'ok' : 'not ready';
	return new Response(text, {
		status: ready ? 200 : 503,
		headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
	});
};
