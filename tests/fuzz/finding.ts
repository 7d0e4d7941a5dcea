/** What a story brought to light. */

export interface Finding {
	/** The same for what is the same fault. */
	readonly kind: string;
	readonly text: string;
	/** Number of the step that did it, counted from 0. */
	readonly step: number;
}

export class Fault extends Error {
	override readonly name = 'Fault';
}

/** What the app logged, with the trace of what it saved itself from. */
export class Logged extends Error {
	override readonly name = 'Logged';

	constructor(text: string) {
		super(text.split('\n', 1)[0] ?? '');
		this.stack = text;
	}
}

/** An error's kind: its name, and where in this project it came from. */
export function kindOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error).slice(0, 80);
	if (error instanceof Fault) return error.message.replace(/\d+/g, '#').slice(0, 120);
	const frames = (error.stack ?? '').split('\n').filter((line) => /\/src\/|devalue/.test(line));
	const places = frames.slice(0, 2).map((line) => {
		const [, name = '?', file = ''] =
			/at (?:async )?(?:(\S+) )?.*?([\w.+[\]-]+\.\w+)(?::\d+)/.exec(line) ?? [];
		return `${name} ${file}`;
	});
	const message = error.message.replace(/[\d"'`].*/s, '').slice(0, 120);
	return [error.name, message.trim(), ...new Set(places)].join(' | ');
}

export function textOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
