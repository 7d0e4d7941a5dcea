import { MediaQuery } from 'svelte/reactivity';

/** Whether an element can be seen: on the screen, in a tab that is in front. */
export interface Sight {
	readonly isVisible: boolean;
	watch(element: HTMLElement): () => void;
}

export function visible(): Sight {
	let isOnScreen = $state(true);
	let isInFront = $state(true);

	function watch(element: HTMLElement): () => void {
		const observer = new IntersectionObserver(
			([entry]) => (isOnScreen = entry?.isIntersecting ?? true),
			// Begin a little before it comes into view, so that nobody sees it catch up.
			{ rootMargin: '200px' }
		);
		const look = () => (isInFront = !document.hidden);
		look();
		observer.observe(element);
		document.addEventListener('visibilitychange', look);
		return () => {
			observer.disconnect();
			document.removeEventListener('visibilitychange', look);
		};
	}

	return {
		get isVisible() {
			return isOnScreen && isInFront;
		},
		watch
	};
}

/** Whether the reader asked for less movement. */
export function prefersCalm(): { readonly current: boolean } {
	return new MediaQuery('(prefers-reduced-motion: reduce)', false);
}
