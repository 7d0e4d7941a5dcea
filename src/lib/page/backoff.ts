const FIRST = 500;
const LONGEST = 15_000;

/**
 * Milliseconds to wait before trying again, after `failures` failures in a row. Doubles up to a
 * limit; a random part keeps many pages from coming back at the same moment.
 * @param random from 0 up to 1
 */
export function backoff(failures: number, random: number): number {
	const whole = Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1));
	return Math.round(whole * (0.5 + random / 2));
}
