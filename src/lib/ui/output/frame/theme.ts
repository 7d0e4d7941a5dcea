/** The page's colours and letters, for a frame that cannot see them. */
import type { Theme } from './message';

const NAMES = [
	'--ink',
	'--ink-soft',
	'--line',
	'--accent',
	'--bad',
	'--paper-raised',
	'--font-ui',
	'--font-code',
	...[1, 2, 3, 4, 5, 6].map((number) => `--series-${number}`)
];

export function frameTheme(element: Element): Theme {
	const style = getComputedStyle(element);
	const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(name)]));
	return {
		...colours,
		'--paper': backdrop(element),
		scheme: getComputedStyle(document.documentElement).colorScheme
	};
}

/** The colour that lies behind the frame. */
function backdrop(element: Element): string {
	for (let at: Element | null = element; at; at = at.parentElement) {
		const { backgroundColor } = getComputedStyle(at);
		if (!/^rgba\(.*, 0\)$/.test(backgroundColor)) return backgroundColor;
	}
	return 'Canvas';
}
