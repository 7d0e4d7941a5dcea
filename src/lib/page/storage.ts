import type { StoredDraft } from './draft';

/** The part of the browser's storage that is used here. */
export type KeyStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Unsaved texts in the browser's own storage, so that a crash loses at most a keystroke. A browser
 * that forbids storage still works; it only lacks this second net.
 */
export class DraftStorage {
	readonly #store: KeyStore | null;
	readonly #prefix: string;

	constructor(store: KeyStore | null, install: string, lesson: string) {
		this.#store = store;
		this.#prefix = `tuningfork:${install}:draft:${lesson}:`;
	}

	read(cell: string): StoredDraft | null {
		const text = this.#attempt((store) => store.getItem(this.#prefix + cell));
		return text ? readDraft(text) : null;
	}

	write(cell: string, { text, base, baseText }: StoredDraft): void {
		const draft: StoredDraft = { text, base, baseText };
		this.#attempt((store) => store.setItem(this.#prefix + cell, JSON.stringify(draft)));
	}

	drop(cell: string): void {
		this.#attempt((store) => store.removeItem(this.#prefix + cell));
	}

	#attempt<T>(work: (store: KeyStore) => T): T | null {
		if (!this.#store) return null;
		try {
			return work(this.#store);
		} catch (error) {
			// Storage is full or forbidden: the text goes to the server all the same.
			if (error instanceof DOMException) return null;
			throw error;
		}
	}
}

/** The browser's storage, if this is a browser and it lets pages have any. */
export function browserStorage(): KeyStore | null {
	if (typeof document === 'undefined') return null;
	try {
		return localStorage;
	} catch (error) {
		if (error instanceof DOMException) return null;
		throw error;
	}
}

function readDraft(json: string): StoredDraft | null {
	try {
		const value: unknown = JSON.parse(json);
		return isDraft(value) ? value : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

function isDraft(value: unknown): value is StoredDraft {
	if (typeof value !== 'object' || value === null) return false;
	const { text, base, baseText } = value as Record<string, unknown>;
	return typeof text === 'string' && typeof base === 'number' && typeof baseText === 'string';
}
