import { apply } from '$lib/notebook/apply';
import type { Entry } from '$lib/notebook/event';
import type { Notebook } from '$lib/notebook/notebook';

export interface Step {
	readonly entry: Entry;
	readonly before: Notebook;
	readonly after: Notebook;
}

export interface Advance {
	readonly notebook: Notebook;
	readonly steps: readonly Step[];
	/** Entries are missing between what we have and what came: the stream must be opened again. */
	readonly gap: boolean;
}

/** The replica after some entries. Those it already has are passed over. */
export function advance(notebook: Notebook, entries: readonly Entry[]): Advance {
	const steps: Step[] = [];
	let after = notebook;
	for (const entry of entries) {
		if (entry.seq <= after.seq) continue;
		if (entry.seq !== after.seq + 1) return { notebook: after, steps, gap: true };
		const before = after;
		after = apply(before, entry);
		steps.push({ entry, before, after });
	}
	return { notebook: after, steps, gap: false };
}
