/**
 * A learner's work on one lesson: the recorder that owns the notebook, the kernel it is attached
 * to, and the browsers that watch. Commands come in, entries go out; the session is the only place
 * where what `decide` and `record` say is actually done.
 *
 * It lives as long as the web process; the kernel and the journal outlive it.
 */
import type { Lesson } from '$lib/lesson/lesson';
import type { Cell } from '$lib/notebook/cell';
import type { Event } from '$lib/notebook/event';
import { queuedCells, runningCell, type Notebook, type Track } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import type { Command, CommandReply, CommandRequest } from '$lib/protocol/command';
import type { KernelHost } from '../jupyter/port';
import type { Admission } from './admission';
import { fitsPage, fitsTexts } from './bounds';
import { abortAll, decide, type Effect } from './decide';
import type { Journal } from './journal';
import { SessionKernel } from './kernel';
import { executionId, lossEvents } from './record';
import { Recorder } from './recorder';
import type { Suspects } from './suspects';
import type { Texts } from './texts';
import { Viewers, type Viewer } from './viewers';

/** Command ids remembered, so that one sent twice is carried out once. */
const REPLIES_KEPT = 500;
const NOTHING = { turn: null, beside: null };

export interface SessionOptions {
	readonly journal: Journal;
	readonly texts: Texts;
	readonly host: KernelHost;
	/** Where its starts wait for their turn. */
	readonly admission: Admission;
	/** Absent: the last web process ended as it should. */
	readonly suspects?: Suspects | undefined;
	readonly learner: string;
	/** Folder the kernel works in. */
	readonly cwd: string;
}

export class Session {
	readonly texts: Texts;
	/** Names the journal: under another name the same numbers may mean other entries. */
	readonly journal: string;
	readonly #recorder: Recorder;
	readonly #kernel: SessionKernel;
	readonly #viewers: Viewers;
	readonly #replies = new Map<string, CommandReply>();
	/** Sent to the kernel, not yet heard of. */
	#sent: Readonly<Record<Track, string | null>> = NOTHING;
	#lastTime = 0;
	/** A page was given out since somebody last began to watch. */
	#isOpened = false;
	/** Why the kernel cannot be reached just now. */
	#away: Problem | null = null;
	/** What of the journal could not be understood. */
	readonly #damage: Problem | null;

	constructor(options: SessionOptions) {
		this.texts = options.texts;
		this.journal = options.journal.name;
		const now = () => this.#now();
		this.#recorder = new Recorder({
			...options,
			now,
			onsaved: (entries, mark) => {
				this.#viewers.publish(entries);
				this.#kernel.ack(mark.tape);
			},
			ontrouble: () => this.#tellTrouble()
		});
		const { lost: count } = this.#recorder;
		this.#damage = count > 0 ? { code: 'journal-damaged', detail: { count } } : null;
		this.#viewers = new Viewers(options.journal, () => this.#recorder.saved);
		if (this.#damage) this.#tellTrouble();
		this.#kernel = new SessionKernel({
			...options,
			now,
			state: () => this.#recorder.draft.kernel,
			onstate: (kernel) => this.#record([{ type: 'kernel-changed', kernel }]),
			onmessage: (message, tape) => {
				this.#recorder.message(message, tape);
				if ('execution' in message) this.#heard(message.execution);
				if (message.type === 'died') this.#sent = NOTHING;
			},
			onkernel: (kernel) => this.#recorder.changeKernel(kernel),
			onlost: (problem) => this.#lose(problem),
			onaway: (problem) => {
				this.#away = problem;
				this.#tellTrouble();
			},
			onfree: () => this.#advance()
		});
	}

	/** What is safely kept: the truth for every viewer. */
	get notebook(): Notebook {
		return this.#recorder.saved;
	}

	/** The kernel it is attached to, by its id. */
	get kernel(): string | null {
		return this.#recorder.mark.kernel;
	}

	/** Finds the kernel again that was running when the web process last ended. */
	async resume(): Promise<void> {
		const { kernel } = this.#recorder.draft;
		if (kernel.phase === 'off' || kernel.phase === 'dead') return;
		// Its turn had not come.
		if (kernel.phase === 'starting' && !this.#recorder.mark.kernel)
			return report(this.#kernel.start());
		if (await this.#kernel.adopt(this.#recorder.mark)) {
			if (kernel.stage === 'line') report(this.#kernel.restart());
			else if (kernel.phase === 'starting') this.#setPhase('ready');
			this.#answerAgain();
			return;
		}
		const worked = abortAll(this.#recorder.draft, this.#now()).length > 0;
		if (worked) this.#lose({ code: 'kernel-gone' });
		else this.#setPhase('off');
		this.#recorder.changeKernel(null);
		this.#recorder.flush();
	}

	/** The web process that was may have ended before the kernel had an answer. It takes each once. */
	#answerAgain(): void {
		for (const { run, outputs } of this.#recorder.draft.cells) {
			const asked = outputs.findLast((output) => output.type === 'input');
			if (run?.outcome === null && asked && asked.answer !== null && !asked.password)
				this.#kernel.answer(run.execution, asked.key, asked.answer);
		}
	}

	/**
	 * Brings the lesson's present text in. It starts nothing: a browser may fetch a page that nobody
	 * looks at. Whoever watches next wants the kernel.
	 */
	show(lesson: Lesson): void {
		this.#readLesson(lesson);
		this.#recorder.flush();
		this.#isOpened = true;
	}

	/** The same, and starts the kernel. Does not wait for it. */
	open(lesson: Lesson): void {
		this.show(lesson);
		this.#startIfOpened();
	}

	/**
	 * What a page begins with: what is safe, or all there is, of no journal, while nothing can be saved.
	 * Outputs that are too much for it are left out; of no journal as well, so that all comes as it watches.
	 */
	get shown(): { readonly notebook: Notebook; readonly journal: string } {
		const { saved, draft } = this.#recorder;
		const notebook = saved.seq > 0 ? saved : draft;
		if (!fitsPage(notebook)) return { notebook: withoutOutputs(notebook), journal: '' };
		return { notebook, journal: saved.seq > 0 ? this.journal : '' };
	}

	/** Carries it out at once, and answers when what came of it is on the disk. */
	async command(request: CommandRequest): Promise<CommandReply> {
		const known = this.#replies.get(request.id);
		const reply = known ?? this.#carryOut(request.command, request.viewer);
		if (!reply.ok) return reply;
		this.#remember(request.id, reply);
		const problem = await this.#recorder.settled();
		return problem ? { ok: false, problem } : reply;
	}

	/** @param after number of the last entry the viewer has, in that journal; `null`: it has nothing */
	watch(after: number | null, journal = this.journal): Viewer {
		this.#startIfOpened();
		return this.#viewers.watch(after, journal);
	}

	async complete(code: string, cursor: number) {
		return this.#kernel.complete(code, cursor);
	}

	async inspect(code: string, cursor: number) {
		return this.#kernel.inspect(code, cursor);
	}

	/** Saves what is pending and lets go of the kernel, which goes on. Resolves when it is on the disk. */
	async close(): Promise<void> {
		this.#recorder.flush();
		this.#kernel.detach();
		this.#viewers.end();
		await this.#recorder.settled();
	}

	#carryOut(command: Command, viewer: string): CommandReply {
		const decision = decide(this.#recorder.draft, command, {
			viewer,
			execution: (cell) => executionId(cell, crypto.randomUUID()),
			now: () => this.#now()
		});
		if (!decision.ok) return decision;
		if (!fitsTexts(this.#recorder.draft, decision.events))
			return { ok: false, problem: { code: 'lesson-full' } };
		this.#record(decision.events);
		for (const effect of decision.effects) this.#perform(effect);
		this.#startIfWanted();
		this.#advance();
		const problem = this.#recorder.flush();
		return problem ? { ok: false, problem } : { ok: true, seq: this.#recorder.saved.seq };
	}

	/** Once for each opening: a page that connects again later does not bring back what was left. */
	#startIfOpened(): void {
		const wanted = this.#isOpened && this.#recorder.draft.kernel.phase === 'off';
		this.#isOpened = false;
		if (wanted) report(this.#kernel.start());
		this.#recorder.flush();
	}

	/** A cell that waits wants a kernel. */
	#startIfWanted(): void {
		const { draft } = this.#recorder;
		if (draft.kernel.phase === 'off' && queuedCells(draft).length > 0) report(this.#kernel.start());
	}

	#perform(effect: Effect): void {
		switch (effect.type) {
			case 'interrupt':
				if (runningCell(this.#recorder.draft) || this.#sent.turn) report(this.#kernel.interrupt());
				break;
			case 'interrupt-beside':
				report(this.#kernel.request({ do: 'interrupt', execution: effect.execution }));
				break;
			case 'pause':
				report(this.#kernel.request({ do: 'pause' }));
				break;
			case 'restart':
				this.#sent = NOTHING;
				report(this.#kernel.restart(effect.safe));
				break;
			case 'leave-line':
				this.#kernel.leaveLine();
				break;
			case 'stay':
				report(this.#kernel.stay());
				break;
			case 'answer':
				this.#kernel.answer(effect.execution, effect.question, effect.text);
		}
	}

	#advance(): void {
		this.#send('turn');
		this.#send('beside');
	}

	/** Sends the next cell when the kernel is free; one at a time, so that an error stops the rest. */
	#send(track: Track): void {
		const notebook = this.#recorder.draft;
		if (this.#sent[track] || !this.#kernel.free || runningCell(notebook, track)) return;
		const next = queuedCells(notebook, track)[0]?.run;
		if (!next) {
			if (track === 'turn') this.#kernel.loadLibrary();
			return;
		}
		this.#sent = { ...this.#sent, [track]: next.execution };
		const { beside = false, goOn = false } = next;
		this.#kernel.execute(next.execution, next.source, { beside, goOn });
	}

	#heard(execution: string): void {
		const { turn, beside } = this.#sent;
		if (execution === turn) this.#sent = { turn: null, beside };
		if (execution === beside) this.#sent = { turn, beside: null };
	}

	/** What threatens the work comes first. */
	#tellTrouble(): void {
		this.#viewers.trouble(this.#recorder.trouble ?? this.#away ?? this.#damage);
	}

	#lose(problem: Problem): void {
		this.#sent = NOTHING;
		this.#record(lossEvents(this.#recorder.draft, problem, this.#now()));
		this.#recorder.flush();
	}

	#readLesson(lesson: Lesson): void {
		const cells = lesson.cells.map(({ id, code }) => ({ id, code }));
		const known = new Map(this.#recorder.draft.cells.map((cell) => [cell.id, cell.original]));
		const same = cells.every(({ id, code }) => known.get(id) === code);
		const count = this.#recorder.draft.cells.filter((cell) => cell.kind === 'lesson').length;
		if (!same || count !== cells.length) this.#record([{ type: 'lesson-read', cells }]);
	}

	#setPhase(phase: 'off' | 'ready'): void {
		const { kernel } = this.#recorder.draft;
		this.#record([
			{ type: 'kernel-changed', kernel: { ...kernel, phase, stage: null, since: this.#now() } }
		]);
	}

	#record(events: readonly Event[]): void {
		this.#recorder.add(events);
	}

	#remember(id: string, reply: CommandReply): void {
		this.#replies.set(id, reply);
		const oldest = this.#replies.keys().next();
		if (this.#replies.size > REPLIES_KEPT && !oldest.done) this.#replies.delete(oldest.value);
	}

	/** Milliseconds since 1970, never the same twice: queue order follows from it. */
	#now(): number {
		this.#lastTime = Math.max(Date.now(), this.#lastTime + 0.001);
		return this.#lastTime;
	}
}

function withoutOutputs(notebook: Notebook): Notebook {
	const bare = (cell: Cell): Cell => ({ ...cell, outputs: [] });
	const { cells, deleted } = notebook;
	return { ...notebook, cells: cells.map(bare), deleted: deleted.map(bare), charts: {} };
}

/** For work nobody waits for: what goes wrong is in the log, and a lost kernel tells itself. */
function report(work: Promise<unknown>): void {
	work.catch((error: unknown) => {
		console.error(error);
	});
}
