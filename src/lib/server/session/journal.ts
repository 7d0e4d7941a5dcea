/**
 * Where entries are kept. The recorder knows this port; `server/journal.ts` implements it on SQLite.
 */
import type { Entry } from '$lib/notebook/event';
import type { Notebook } from '$lib/notebook/notebook';

/** What is written together with entries, in one commit. */
export interface Mark {
	/** The kernel the session is attached to. */
	readonly kernel: string | null;
	/** Number of the last message of that kernel which the entries account for. */
	readonly tape: number;
}

export interface Journal {
	readonly session: string;
	/** Names what it holds: under another name the same numbers may mean other entries. */
	readonly name: string;
	/** What cannot be understood is left out, and counted. */
	load(): { readonly notebook: Notebook; readonly mark: Mark; readonly lost: number };
	/**
	 * All or nothing; safe if this process ends.
	 * @throws JournalFailure when it could not be written
	 * @throws EntryRefused when one of the entries never can be
	 */
	write(entries: readonly Entry[], notebook: Notebook, mark: Mark): void;
	/** Resolves when what was written before is safe if the power fails, too. @throws JournalFailure */
	settle(): Promise<void>;
	/** Entries after `seq`; `null` when there are more than `limit` of them, or they are very long. */
	after(seq: number, limit: number): readonly Entry[] | null;
}

export class JournalFailure extends Error {
	constructor(
		readonly diskFull: boolean,
		reason: string
	) {
		super(reason);
		this.name = 'JournalFailure';
	}
}

/** This entry cannot be written, however often it is tried. */
export class EntryRefused extends Error {
	constructor(
		readonly seq: number,
		reason: string
	) {
		super(reason);
		this.name = 'EntryRefused';
	}
}
