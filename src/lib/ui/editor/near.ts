/**
 * Calls back once, when an element is on the screen or close to it; at the latest when the browser
 * has nothing else to do. So what is looked at comes first and nothing is left out.
 */
export function whenNear(element: Element, callback: () => void): () => void {
	let isDone = false;
	const finish = () => {
		if (isDone) return;
		stop();
		callback();
	};
	const sight = new IntersectionObserver(
		(entries) => {
			if (entries.some((entry) => entry.isIntersecting)) finish();
		},
		{ rootMargin: '200px' }
	);
	const cancelIdle = whenIdle(finish);
	const stop = () => {
		isDone = true;
		sight.disconnect();
		cancelIdle();
	};
	sight.observe(element);
	return stop;
}

const LATEST = 3000;

/** Safari has no `requestIdleCallback`. */
function whenIdle(callback: () => void): () => void {
	if (!('requestIdleCallback' in globalThis)) {
		const timer = setTimeout(callback, 500);
		return () => clearTimeout(timer);
	}
	const handle = requestIdleCallback(callback, { timeout: LATEST });
	return () => cancelIdleCallback(handle);
}
