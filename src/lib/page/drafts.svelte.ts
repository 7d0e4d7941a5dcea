import type { Cell } from '$lib/notebook/cell';
import type { CommandReply } from '$lib/protocol/command';
import {
	draftOf,
	fail,
	isOpen,
	keepMine,
	restore,
	see,
	send,
	settle,
	type,
	type Draft,
	type Saved
} from './draft';
import { Pauses } from './pauses';
import type { DraftStorage } from './storage';

/** How long the hands must rest before a text is saved. Milliseconds. */
export const PAUSE = 400;

export interface DraftPorts {
	readonly storage: DraftStorage;
	cell(id: string): Cell | undefined;
	/** Time to send the text of a cell. */
	onsave(id: string): void;
}

/** The texts of this window that differ from the server's. */
export class Drafts {
	readonly #ports: DraftPorts;
	#open = $state.raw<Readonly<Record<string, Draft>>>({});
	readonly #pauses = new Pauses(PAUSE);

	constructor(ports: DraftPorts) {
		this.#ports = ports;
	}

	readonly waiting = $derived(Object.values(this.#open).some((draft) => !draft.problem));
	readonly problem = $derived(
		Object.values(this.#open).find((draft) => draft.problem)?.problem ?? null
	);

	/** Cells with two texts to choose from. */
	readonly clashes = $derived(
		Object.entries(this.#open).flatMap(([id, draft]) => (draft.conflict ? [id] : []))
	);

	of(cell: Saved & Pick<Cell, 'id'>): Draft {
		return this.#open[cell.id] ?? draftOf(cell);
	}

	/** Cells with a text that is not saved and not on its way. */
	get unsent(): readonly string[] {
		return Object.entries(this.#open).flatMap(([id, draft]) =>
			draft.text !== draft.baseText && draft.sent === null && !draft.conflict ? [id] : []
		);
	}

	type(id: string, text: string): void {
		this.#change(id, (draft) => type(draft, text));
		this.#saveLater(id);
	}

	/** The text to send now, or `null` when there is nothing to send or a choice to be made first. */
	take(id: string): { readonly source: string; readonly base: number } | null {
		this.#pauses.stop(id);
		const text = this.peek(id);
		if (text) this.#change(id, send);
		return text;
	}

	peek(id: string): { readonly source: string; readonly base: number } | null {
		const draft = this.#open[id];
		if (!draft || draft.conflict || draft.text === draft.baseText) return null;
		return { source: draft.text, base: draft.base };
	}

	/** What was taken has been answered; called when the replica is as far as the answer. */
	answered(id: string, reply: CommandReply): void {
		this.#change(id, (draft, cell) => {
			if (draft.sent === null) return draft;
			return reply.ok ? settle(draft, cell) : fail(draft, reply.problem);
		});
		if (this.unsent.includes(id) && !this.#open[id]?.problem) this.#saveLater(id);
	}

	/** The server's text of a cell may have changed. */
	see(id: string): void {
		if (this.#open[id]) this.#change(id, see);
	}

	seeAll(): void {
		for (const id of Object.keys(this.#open)) this.see(id);
	}

	keepMine(id: string): void {
		this.#change(id, keepMine);
		this.#ports.onsave(id);
	}

	useTheirs(id: string): void {
		this.#change(id, (_, cell) => draftOf(cell));
	}

	/** Tries again what could not be saved. */
	retry(): void {
		for (const id of this.unsent) this.#ports.onsave(id);
	}

	/** Looks for texts that a closed or crashed window could not save. */
	recover(cells: readonly Cell[]): void {
		for (const cell of cells) {
			const stored = this.#ports.storage.read(cell.id);
			if (!stored) continue;
			this.#change(cell.id, () => restore(stored, cell));
			this.#saveLater(cell.id);
		}
	}

	close(): void {
		this.#pauses.stopAll();
	}

	#change(id: string, change: (draft: Draft, cell: Cell) => Draft): void {
		const cell = this.#ports.cell(id);
		if (!cell) return;
		const draft = change(this.of(cell), cell);
		if (isOpen(draft)) this.#ports.storage.write(id, draft);
		else this.#ports.storage.drop(id);
		const others = Object.entries(this.#open).filter(([other]) => other !== id);
		this.#open = Object.fromEntries(isOpen(draft) ? [...others, [id, draft]] : others);
	}

	#saveLater(id: string): void {
		if (this.unsent.includes(id)) this.#pauses.start(id, () => this.#ports.onsave(id));
		else this.#pauses.stop(id);
	}
}
