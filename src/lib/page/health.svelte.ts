/** The facts of the installation, asked for again every few seconds while the page can be seen. */
import type { Health } from '$lib/protocol/health';

const EVERY_MS = 5000;
const PATIENCE_MS = 10_000;

export class HealthFeed {
	health: Health = $state.raw() as Health;
	/** The last question was not answered: what is shown is old. */
	silent = $state(false);

	constructor(first: Health) {
		this.health = first;
	}

	/** Begins asking; returns what ends it. */
	follow(): () => void {
		const timer = setInterval(() => void this.#ask(), EVERY_MS);
		const look = () => void this.#ask();
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', look);
		};
	}

	async #ask(): Promise<void> {
		if (document.visibilityState !== 'visible') return;
		const found = await fetchHealth();
		this.silent = found === null;
		if (found) this.health = found;
	}
}

/** `null`: no answer, or one that is none. */
async function fetchHealth(): Promise<Health | null> {
	try {
		const answer = await fetch('/health', {
			headers: { accept: 'application/json' },
			signal: AbortSignal.timeout(PATIENCE_MS)
		});
		return answer.ok ? ((await answer.json()) as Health) : null;
	} catch (error) {
		if (error instanceof TypeError || error instanceof DOMException) return null;
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}
