/**
 * The text of a cell as it stands in this window, and how it relates to what the server has.
 *
 * A draft exists only while the two differ. It is based on one revision of the cell; when the cell
 * moves on to another revision that did not come from here, both texts are kept and the learner
 * chooses. Pure: timers, storage and sending are in `drafts.svelte.ts`.
 */
import type { Cell } from '$lib/notebook/cell';
import type { Problem } from '$lib/notebook/problem';

export interface Draft {
	readonly text: string;
	/** The revision of the cell this text was made from, and the text of that revision. */
	readonly base: number;
	readonly baseText: string;
	/** A text that is on its way to the server. */
	readonly sent: string | null;
	readonly conflict: boolean;
	/** Why it could not be saved. */
	readonly problem: Problem | null;
}

export type Saved = Pick<Cell, 'source' | 'revision'>;

export interface StoredDraft {
	readonly text: string;
	readonly base: number;
	readonly baseText: string;
}

export function draftOf(cell: Saved): Draft {
	return {
		text: cell.source,
		base: cell.revision,
		baseText: cell.source,
		sent: null,
		conflict: false,
		problem: null
	};
}

/** Is there something the server does not have, or may not have? */
export function isOpen(draft: Draft): boolean {
	return draft.text !== draft.baseText || draft.sent !== null || draft.conflict;
}

export function type(draft: Draft, text: string): Draft {
	return { ...draft, text, problem: null };
}

export function send(draft: Draft): Draft {
	return { ...draft, sent: draft.text };
}

/** The server refused or could not save. */
export function fail(draft: Draft, problem: Problem): Draft {
	const conflict = draft.conflict || problem.code === 'edit-conflict';
	return { ...draft, sent: null, conflict, problem: conflict ? null : problem };
}

/** The cell as the server has it now. */
export function see(draft: Draft, cell: Saved): Draft {
	if (cell.revision === draft.base) return draft;
	if (cell.source === draft.text || draft.text === draft.baseText) return draftOf(cell);
	const based = { ...draft, base: cell.revision, baseText: cell.source };
	if (cell.source === draft.sent) return { ...based, sent: null, problem: null };
	return { ...draft, sent: null, conflict: true, problem: null };
}

/** The server has carried out what was sent, and the replica has seen it. */
export function settle(draft: Draft, cell: Saved): Draft {
	if (draft.sent === null) return see(draft, cell);
	return see({ ...draft, baseText: draft.sent, sent: null, problem: null }, cell);
}

/** Ends a conflict: what was typed here wins, on top of what the server has. */
export function keepMine(draft: Draft, cell: Saved): Draft {
	return { ...draftOf(cell), text: draft.text };
}

/** A draft found in the browser's own storage after a crash or a closed window. */
export function restore(stored: StoredDraft, cell: Saved): Draft {
	if (stored.text === cell.source) return draftOf(cell);
	if (stored.baseText === cell.source) return { ...draftOf(cell), text: stored.text };
	return { ...stored, sent: null, conflict: true, problem: null };
}
