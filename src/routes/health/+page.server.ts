import { currentHealth } from '$lib/server/health/sampler';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ setHeaders }) => {
	setHeaders({ 'cache-control': 'no-store' });
	return { health: await currentHealth() };
};
