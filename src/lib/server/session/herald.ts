/**
 * Events that only announce others. They may wait a moment for what follows: a quick answer is then
 * one commit and one frame, and the browser draws the page once instead of three times.
 */
import type { Event } from '$lib/notebook/event';

/** How long they wait, milliseconds. */
export const HOLD = 15;
const HERALDS = new Set<Event['type']>([
	'cell-edited',
	'execution-queued',
	'execution-set-beside',
	'execution-started',
	'execution-counted'
]);

export function isHerald(event: Event): boolean {
	return HERALDS.has(event.type);
}
