/** Random numbers that come again with the same seed. @param {number} seed @returns {() => number} from 0 to 1 */
export function dice(seed) {
	let state = seed >>> 0;
	return () => {
		// A linear congruential generator with the constants of Numerical Recipes.
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}
