/**
 * A lesson page at work: the replica of the notebook, what the learner has typed, and the lines to
 * the server. Made by the route, handed to the components by context; `open()` connects it and
 * gives back how to let go. What the server owns, this only repeats: it never changes the
 * notebook by itself. Knows nothing of components or of the DOM beyond the window's own events.
 */
import type { Lesson } from '$lib/lesson/lesson';
import { shownRun, type Cell } from '$lib/notebook/cell';
import { isBusy } from '$lib/notebook/apply';
import { findCell, type Notebook } from '$lib/notebook/notebook';
import { cellsToReplay } from '$lib/notebook/replay';
import { isTraining } from '$lib/notebook/training';
import type { Completion } from '$lib/protocol/command';
import { cellAction, type CellAction } from './actions';
import { announce } from './announce';
import { Announcer } from './announcer.svelte';
import { Drafts } from './drafts.svelte';
import type { EarlyPress } from './early';
import { newId } from './id';
import { Mirror } from './mirror.svelte';
import { Preference } from './preference.svelte';
import type { Step } from './replica';
import { Sender } from './sender.svelte';
import { browserStorage, DraftStorage } from './storage';
import { Wire } from './wire';
import { choiceWords } from './words';

export interface PageData {
	readonly lesson: Lesson;
	readonly notebook: Notebook;
	readonly version: string;
	/** Names the journal that the notebook's number belongs to. */
	readonly journal: string;
	/** Names this installation, so that drafts of another one are not mixed in. */
	readonly install: string;
}

export interface Notice {
	readonly text: string;
	readonly action: { readonly text: string; readonly run: () => void } | null;
}

/** Long enough to find the button with a keyboard or a screen reader. */
const NOTICE_TIME = 20_000;

/** Letters of code on a page that are coloured before there are editors: everybody waits while the server does it. */
const COLOURED = 100_000;

export class LessonPage {
	readonly lesson: Lesson;
	/** Code is coloured before there is an editor for it. */
	readonly isColoured: boolean;
	readonly drafts: Drafts;
	readonly mirror: Mirror;
	readonly sender: Sender;
	readonly announcer = new Announcer();
	notice = $state.raw<Notice | null>(null);
	dialog = $state<'none' | 'restart' | 'keys'>('none');
	/** Single letters work while a cell has the focus. */
	readonly letters = new Preference('single-keys', ['on', 'off']);
	readonly tabHint = new Preference('tab-hint', ['new', 'seen']);
	/** The last time that something was asked of a cell whose text must be chosen first. */
	choice = $state.raw<{ readonly cell: string } | null>(null);
	/** A cell that shall have the cursor as soon as it appears. */
	expected: string | null = null;
	/** Where deleted cells stood. */
	#deletedBelow: Readonly<Record<string, string>> = {};
	readonly #wire: Wire;

	constructor({ lesson, notebook, version, journal, install }: PageData) {
		this.lesson = lesson;
		this.isColoured =
			notebook.cells.reduce((sum, { source }) => sum + source.length, 0) <= COLOURED;
		const viewer = newId();
		const wire = new Wire(lesson.slug, viewer);
		this.#wire = wire;
		this.mirror = new Mirror(notebook, {
			wire,
			version,
			journal,
			onstep: (step) => this.#step(step),
			onreplace: () => this.drafts.seeAll(),
			onrecovery: () => this.drafts.retry(),
			onconnect: () => this.sender.wake()
		});
		this.drafts = new Drafts({
			storage: new DraftStorage(browserStorage(), install, lesson.slug),
			cell: (id) => findCell(this.notebook, id),
			onsave: (id) => this.sender.save(id)
		});
		this.sender = new Sender({ viewer, wire, mirror: this.mirror, drafts: this.drafts });
	}

	get notebook(): Notebook {
		return this.mirror.notebook;
	}

	get busy(): boolean {
		return isBusy(this.notebook);
	}

	/** Connects; the answer disconnects. */
	open(): () => void {
		this.letters.recall();
		this.tabHint.recall();
		this.drafts.recover(this.notebook.cells);
		const gone = new AbortController();
		const { signal } = gone;
		document.addEventListener('visibilitychange', () => this.#look(), { signal });
		addEventListener('online', () => this.retry(), { signal });
		addEventListener('offline', () => this.mirror.stream.retry(), { signal });
		addEventListener('pagehide', () => this.sender.saveLast(), { signal });
		this.#look();
		return () => {
			gone.abort();
			this.sender.saveLast();
			for (const part of [this.mirror, this.sender, this.drafts, this.announcer]) part.close();
		};
	}

	/** Does what was asked before the page could listen. */
	catchUp(presses: readonly EarlyPress[]): void {
		for (const { cell, then } of presses) {
			if (this.run([cell]) && then === 'add') this.expected = this.add(cell);
		}
	}

	/** Tries everything that waits for the network again, now. */
	retry(): void {
		this.mirror.stream.retry();
		this.sender.wake();
	}

	/** @returns whether it was asked for: a cell with two texts must be decided first */
	run(ids: readonly string[]): boolean {
		if (this.#mustChoose(ids)) return false;
		this.sender.run(ids);
		return true;
	}

	runAll(): void {
		this.run(this.#all);
	}

	/** A fresh kernel, and all cells run in it. */
	restartAndRunAll(): void {
		if (this.#mustChoose(this.#all)) return;
		this.restart();
		this.run(this.#all);
	}

	/** Every cell before this one, and not this one. */
	runAbove(id: string): void {
		const at = this.notebook.cells.findIndex((cell) => cell.id === id);
		this.run(this.notebook.cells.slice(0, Math.max(0, at)).map((cell) => cell.id));
	}

	/** Runs a cell at once, or one that waits, while another one runs. */
	runBeside(id: string): void {
		if (!this.#mustChoose([id])) this.sender.runBeside(id);
	}

	/** Stops everything; with a cell, that one, or takes it out of the queue. */
	interrupt(cell?: string): void {
		this.sender.doNow({ type: 'interrupt', ...(cell === undefined ? {} : { cell }) });
	}

	/** Ends the training after the step it is in; it can go on later. */
	pause(): void {
		this.sender.doNow({ type: 'pause' });
	}

	/** Runs the cell again, from where its training was paused. */
	goOn(id: string): void {
		if (!this.#mustChoose([id])) this.sender.do({ type: 'go-on', cell: id });
	}

	/** What can be done with a cell beyond running it. */
	actionOf(cell: Cell): CellAction | null {
		return cellAction(this.notebook, cell, this.drafts.of(cell).text);
	}

	/** The cells in which something trains. */
	get training(): readonly Cell[] {
		return this.notebook.cells.filter(isTraining);
	}

	/** Something trains and has not been asked to pause. */
	get canPause(): boolean {
		return this.training.some((cell) => !cell.run?.pausing);
	}

	/** A fresh kernel. @param safe without the learner's own start-up files */
	restart(safe = false): void {
		this.sender.do(safe ? { type: 'restart', safe } : { type: 'restart' });
	}

	/** After Python has ended: a fresh kernel, and what had run in the last one runs again. */
	restartAndReplay(): void {
		const cells = cellsToReplay(this.notebook).map((cell) => cell.id);
		if (this.#mustChoose(cells)) return;
		this.restart();
		this.run(cells);
	}

	/** Does not wait any longer until Python may start. */
	leaveLine(): void {
		this.sender.doNow({ type: 'leave-line' });
	}

	/** Python shall not be put away. */
	stay(): void {
		this.sender.doNow({ type: 'stay' });
	}

	reset(id: string): void {
		if (this.#mustChoose([id])) return;
		this.sender.save(id);
		this.sender.do({ type: 'reset', cell: id });
	}

	undoReset(id: string): void {
		if (this.#mustChoose([id])) return;
		this.sender.do({ type: 'undo-reset', cell: id });
	}

	/** Adds an empty scratch cell below another and gives its id at once. */
	add(after: string): string {
		const cell = `scratch-${newId()}`;
		this.sender.do({ type: 'add', cell, after, source: '' });
		return cell;
	}

	/** Moves a scratch cell one place up or down. */
	move(id: string, by: -1 | 1): void {
		const { cells } = this.notebook;
		const at = cells.findIndex((cell) => cell.id === id);
		const after = cells[by < 0 ? at - 2 : at + 1];
		if (at > 0 && after) this.sender.do({ type: 'move', cell: id, after: after.id });
	}

	/** @returns whether it is gone: the first cell stays, and one with two texts until one is chosen */
	delete(id: string): boolean {
		const at = this.notebook.cells.findIndex((cell) => cell.id === id);
		const before = this.notebook.cells[at - 1];
		if (!before || this.#mustChoose([id])) return false;
		this.sender.save(id);
		this.sender.do({ type: 'delete', cell: id });
		this.#deletedBelow = { ...this.#deletedBelow, [id]: before.id };
		this.tell('Cell deleted.', { text: 'Undo', run: () => this.undelete() });
		return true;
	}

	/** Brings back the cell deleted last. */
	undelete(): void {
		const id = this.notebook.deleted.at(-1)?.id;
		const first = this.notebook.cells[0]?.id;
		if (!id || !first) return;
		const known = this.#deletedBelow[id];
		const after = known && findCell(this.notebook, known) ? known : first;
		this.sender.do({ type: 'restore', cell: id, after });
		this.expected = id;
		this.notice = null;
	}

	/** Says something small that needs no answer. */
	tell(text: string, action: Notice['action'] = null): void {
		const notice: Notice = { text, action };
		this.notice = notice;
		setTimeout(() => {
			if (this.notice === notice) this.notice = null;
		}, NOTICE_TIME);
	}

	answer(execution: string, question: number, text: string): void {
		this.sender.do({ type: 'answer', execution, question, text });
	}

	/** `null` while the kernel is busy or away. */
	async complete(code: string, cursor: number): Promise<Completion | null> {
		if (!this.#canAnswer) return null;
		const reply = await this.#wire.ask({ type: 'complete', code, cursor });
		return reply?.type === 'complete' ? reply.completion : null;
	}

	/** What Python says about the name at `cursor`, as text. */
	async inspect(code: string, cursor: number): Promise<string | null> {
		if (!this.#canAnswer) return null;
		const reply = await this.#wire.ask({ type: 'inspect', code, cursor });
		const text = reply?.type === 'inspect' ? reply.data?.['text/plain'] : null;
		return typeof text === 'string' ? text : null;
	}

	textHref(cell: Cell, key: number): string {
		return this.#wire.textHref(shownRun(cell)?.execution ?? '', key);
	}

	fileHref(path: string): string {
		return this.#wire.fileHref(path);
	}

	get #canAnswer(): boolean {
		return this.notebook.kernel.phase === 'ready' && !this.busy;
	}

	get #all(): readonly string[] {
		return this.notebook.cells.map((cell) => cell.id);
	}

	/** Does one of the cells hold two texts? Then that is said, and the first of them shows its choice. */
	#mustChoose(ids: readonly string[]): boolean {
		const cell = ids.find((id) => this.drafts.clashes.includes(id));
		if (cell === undefined) return false;
		this.choice = { cell };
		this.announcer.say({ urgent: true, text: choiceWords(this.notebook, cell) });
		return true;
	}

	#step(step: Step): void {
		const { event } = step.entry;
		if (event.type === 'lesson-read') this.drafts.seeAll();
		if (event.type.startsWith('cell-') && 'cell' in event) this.drafts.see(event.cell);
		if (event.type === 'kernel-changed' && event.kernel.phase !== 'dead')
			this.sender.pythonIsBack();
		const news = announce(step);
		if (news) this.announcer.say(news);
	}

	#look(): void {
		if (document.hidden) {
			for (const id of this.drafts.unsent) this.sender.save(id);
			this.mirror.stream.hide();
		} else {
			this.mirror.stream.show();
			this.sender.wake();
		}
	}
}
