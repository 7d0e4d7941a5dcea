/**
 * What one cell on the page can be asked to do, by buttons or by keys. Holds what concerns only
 * the looking at it: folded output, the panel of help.
 */
import type { CellAction } from '$lib/page/actions';
import type { LessonPage } from '$lib/page/page.svelte';
import { CellKeys, type CellKey } from './keys';
import { focusBeside, focusCell } from './moves';

export interface CellDoor {
	/** Puts the cursor into the code. */
	edit(): void;
}

export class CellControls {
	folded = $state(false);
	help = $state.raw<string | null>(null);
	hint = $state(false);
	readonly #page: LessonPage;
	readonly #id: string;
	readonly #door: CellDoor;
	readonly #keys = new CellKeys();

	constructor(page: LessonPage, id: string, door: CellDoor) {
		this.#page = page;
		this.#id = id;
		this.#door = door;
	}

	run(then: 'next' | 'stay' | 'add'): void {
		this.folded = false;
		if (!this.#page.run([this.#id])) return;
		if (then === 'next') focusBeside(this.#id, 1);
		if (then === 'add') this.add(this.#id);
	}

	/** What the cell's own button offers. The button may go with it, so the focus goes to the cell. */
	act(type: CellAction['type']): void {
		if (type === 'pause') return this.#page.pause();
		this.folded = false;
		focusCell(this.#id);
		// A choice that must be made first takes the focus from there.
		if (type === 'beside') this.#page.runBeside(this.#id);
		if (type === 'go-on') this.#page.goOn(this.#id);
	}

	add(after: string): void {
		this.#page.expected = this.#page.add(after);
	}

	/** The buttons of the choice go with it, so the focus goes to the cell. */
	choose(which: 'mine' | 'theirs'): void {
		if (which === 'mine') this.#page.drafts.keepMine(this.#id);
		else this.#page.drafts.useTheirs(this.#id);
		focusCell(this.#id);
	}

	/** Escape in the editor. */
	leave(): void {
		if (this.help === null) focusCell(this.#id);
		else this.help = null;
	}

	async ask(code: string, cursor: number): Promise<void> {
		this.help = await this.#page.inspect(code, cursor);
		if (this.help === null) {
			const text = this.#page.busy
				? 'Python is busy. Ask again when it is ready.'
				: 'Python knows nothing about this name yet. Run the cell that defines it first.';
			this.#page.tell(text);
		}
	}

	/** The keyboard came into the editor: the first time, say what Tab does. */
	arrive(): void {
		if (this.#page.tabHint.value === 'seen') return;
		this.#page.tabHint.choose('seen');
		this.hint = true;
	}

	press(event: KeyboardEvent): void {
		if (event.target !== event.currentTarget) return;
		const key = this.#keys.read(event, this.#page.letters.value === 'on', event.timeStamp);
		if (!key) return;
		event.preventDefault();
		this.#do(key);
	}

	#do(key: CellKey): void {
		const page = this.#page;
		switch (key) {
			case 'edit':
				return this.#door.edit();
			case 'run-next':
				return this.run('next');
			case 'run-stay':
				return this.run('stay');
			case 'run-add':
				return this.run('add');
			case 'up':
				return focusBeside(this.#id, -1);
			case 'down':
				return focusBeside(this.#id, 1);
			case 'interrupt':
				return page.interrupt(this.#id);
			case 'run-beside':
				return this.act('beside');
			case 'pause':
				return this.#pauseOrGoOn();
			case 'restart':
				page.dialog = 'restart';
				return;
			case 'output':
				this.folded = !this.folded;
				return;
			case 'help':
				page.dialog = 'keys';
				return;
			default:
				this.#rearrange(key);
		}
	}

	/** This cell's training, or whatever trains. */
	#pauseOrGoOn(): void {
		const cell = this.#page.notebook.cells.find(({ id }) => id === this.#id);
		const offered = cell ? this.#page.actionOf(cell)?.type : undefined;
		if (offered === 'go-on') this.act('go-on');
		else if (this.#page.canPause) this.#page.pause();
	}

	#rearrange(key: CellKey): void {
		const { cells } = this.#page.notebook;
		const at = cells.findIndex((cell) => cell.id === this.#id);
		const isOwn = cells[at]?.kind === 'scratch';
		if (key === 'add-below') this.add(this.#id);
		if (key === 'add-above' && cells[at - 1]) this.add(cells[at - 1]?.id ?? this.#id);
		if (key === 'undelete') this.#page.undelete();
		if (!isOwn) return;
		if (key === 'delete') this.remove();
		if (key === 'move-up') this.#page.move(this.#id, -1);
		if (key === 'move-down') this.#page.move(this.#id, 1);
	}

	remove(): void {
		if (this.#page.delete(this.#id)) focusBeside(this.#id, -1);
	}
}
