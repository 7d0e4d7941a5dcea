/** What set-up prints: plain lines, and a sign of life while something long is running. */

const QUIET_EVERY_MS = 15_000;

/** @param {string} text */
export function say(text) {
	process.stdout.write(`${text}\n`);
}

/**
 * Shows that a step is alive: on a terminal one line that counts the seconds, elsewhere a line now and then.
 * @returns {{ line: (text: string) => void, end: (words: string) => void }}
 */
export function working() {
	const started = Date.now();
	const terminal = process.stdout.isTTY;
	let last = '';
	const show = () => {
		const text = `      ${seconds(started)} ${last}`;
		if (terminal)
			process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
		else say(`${text.slice(0, 160)} (still working)`);
	};
	const timer = setInterval(show, terminal ? 1000 : QUIET_EVERY_MS);
	return {
		line(text) {
			last = text;
		},
		end(words) {
			clearInterval(timer);
			if (terminal) process.stdout.write('\r\x1b[2K');
			say(`      ${words} ${seconds(started)}`);
		}
	};
}

/** @param {number} started */
export function seconds(started) {
	const whole = Math.round((Date.now() - started) / 1000);
	return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
