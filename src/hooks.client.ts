/** What begins with the page. */
import type { ClientInit } from '@sveltejs/kit';

/** On a busy computer the page comes to life after so many milliseconds all the same. */
const AT_MOST = 200;

/**
 * The page can be read and typed into as it was drawn (docs/decisions/0022). What waits to be painted, or was
 * clicked and typed meanwhile, goes before bringing it to life, which takes the browser some 50 ms.
 */
export const init: ClientInit = () => new Promise<void>(whenIdle);

function whenIdle(then: () => void): void {
	// Safari has no such call: there it is the next turn.
	if ('requestIdleCallback' in globalThis) requestIdleCallback(then, { timeout: AT_MOST });
	else setTimeout(then);
}
