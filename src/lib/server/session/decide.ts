/**
 * What a command means for a notebook: the events it causes, what must then be done with the
 * kernel, or why it cannot be carried out. Pure; `session.ts` performs the effects.
 */
import { status, type Cell } from '$lib/notebook/cell';
import type { Event } from '$lib/notebook/event';
import {
	findCell,
	queuedCells,
	runningCell,
	trackOf,
	type Notebook,
	type Track
} from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import { isTraining } from '$lib/notebook/training';
import type { Command } from '$lib/protocol/command';

export type Effect =
	| { readonly type: 'interrupt' }
	| { readonly type: 'interrupt-beside'; readonly execution: string }
	| { readonly type: 'pause' }
	/** `safe`: without the learner's own start-up files. */
	| { readonly type: 'restart'; readonly safe: boolean }
	| { readonly type: 'leave-line' }
	| { readonly type: 'stay' }
	| {
			readonly type: 'answer';
			readonly execution: string;
			/** Key of the output that asks. */
			readonly question: number;
			readonly text: string;
	  };

export type Decision =
	| { readonly ok: true; readonly events: readonly Event[]; readonly effects: readonly Effect[] }
	| { readonly ok: false; readonly problem: Problem };

/** Where a decision gets its names and times from. */
export interface Source {
	execution(cell: string): string;
	now(): number;
	viewer: string;
}

export function decide(notebook: Notebook, command: Command, source: Source): Decision {
	switch (command.type) {
		case 'edit':
			return edit(notebook, command, source.viewer);
		case 'run':
			return run(notebook, command.cells, source);
		case 'beside':
			return beside(notebook, command, source);
		case 'go-on':
			return goOn(notebook, command.cell, source);
		case 'pause':
			return pause(notebook);
		case 'add':
			return add(notebook, command);
		case 'move':
		case 'delete':
			return changeScratch(notebook, command);
		case 'restore':
			return done([{ type: 'cell-restored', cell: command.cell, after: command.after }]);
		case 'reset':
			return onKnown(notebook, command.cell, () => [{ type: 'cell-reset', cell: command.cell }]);
		case 'undo-reset':
			return onKnown(notebook, command.cell, () => [
				{ type: 'cell-reset-undone', cell: command.cell }
			]);
		case 'interrupt':
			return interrupt(notebook, command.cell, source.now());
		case 'restart':
			return {
				ok: true,
				events: abortAll(notebook, source.now()),
				effects: [{ type: 'restart', safe: command.safe ?? false }]
			};
		case 'leave-line':
			return leaveLine(notebook, source.now());
		case 'stay':
			return { ok: true, events: [], effects: [{ type: 'stay' }] };
		case 'answer':
			return answer(notebook, command);
	}
}

function edit(
	notebook: Notebook,
	command: Extract<Command, { type: 'edit' }>,
	viewer: string
): Decision {
	const cell = findCell(notebook, command.cell);
	if (!cell) return refuse({ code: 'unknown-cell' });
	const events = editEvents(cell, command.source, command.base, viewer);
	return events ? done(events) : refuse({ code: 'edit-conflict' });
}

/** `null`: the text is based on an older revision and differs from the present one. */
function editEvents(
	cell: Cell,
	source: string | undefined,
	base: number | undefined,
	viewer: string
): readonly Event[] | null {
	if (source === undefined || source === cell.source) return [];
	if (base !== undefined && base !== cell.revision) return null;
	return [{ type: 'cell-edited', cell: cell.id, source, viewer }];
}

type Wanted = Extract<Command, { type: 'run' }>['cells'];

function run(notebook: Notebook, wanted: Wanted, source: Source): Decision {
	if (notebook.kernel.phase === 'dead') return refuse({ code: 'kernel-not-ready' });
	const events: Event[] = [];
	for (const item of wanted) {
		const cell = findCell(notebook, item.cell);
		if (!cell) return refuse({ code: 'unknown-cell' });
		const edits = editEvents(cell, item.source, item.base, source.viewer);
		if (!edits) return refuse({ code: 'edit-conflict' });
		events.push(...edits);
		if (status(cell) === 'ready') events.push(queue(cell.id, item.source ?? cell.source, source));
	}
	return done(events);
}

/** With nothing to run beside, the cell runs as any other. */
function beside(notebook: Notebook, item: Wanted[number], source: Source): Decision {
	const decision = run(notebook, [item], source);
	const running = runningCell(notebook);
	// Two questions at once could not be told apart: Python has one line for answers.
	if (!decision.ok || !running || asks(running)) return decision;
	const queued = decision.events.find((event) => event.type === 'execution-queued');
	const cell = findCell(notebook, item.cell);
	const waits = cell && status(cell) === 'queued' ? cell.run?.execution : undefined;
	const execution = queued?.execution ?? waits;
	if (execution === undefined) return decision;
	return done([...decision.events, { type: 'execution-set-beside', execution }]);
}

function goOn(notebook: Notebook, id: string, source: Source): Decision {
	const decision = run(notebook, [{ cell: id }], source);
	if (!decision.ok) return decision;
	return done(
		decision.events.map((event) =>
			event.type === 'execution-queued' ? { ...event, goOn: true } : event
		)
	);
}

/** Every training of the kernel: it cannot be told which of them a cell means. */
function pause(notebook: Notebook): Decision {
	const events = notebook.cells.flatMap((cell): readonly Event[] =>
		cell.run && isTraining(cell)
			? [{ type: 'execution-pausing', execution: cell.run.execution }]
			: []
	);
	return { ok: true, events, effects: [{ type: 'pause' }] };
}

function interrupt(notebook: Notebook, id: string | undefined, at: number): Decision {
	const cell = id === undefined ? undefined : findCell(notebook, id);
	if (cell && status(cell) === 'queued') return done(abort(cell, at));
	const isMeant = (track: Track) => cell?.run?.outcome !== null || trackOf(cell) === track;
	const tracks = (['turn', 'beside'] as const).filter(isMeant);
	const effects = tracks.flatMap((track): readonly Effect[] => {
		if (track === 'turn') return [{ type: 'interrupt' }];
		const execution = runningCell(notebook, track)?.run?.execution;
		return execution === undefined ? [] : [{ type: 'interrupt-beside', execution }];
	});
	return { ok: true, events: tracks.flatMap((track) => abortQueue(notebook, at, track)), effects };
}

/** Whoever waits for Python no longer does not want it for the cells that wait either. */
function leaveLine(notebook: Notebook, at: number): Decision {
	if (notebook.kernel.stage !== 'line') return done([]);
	return { ok: true, events: abortAll(notebook, at), effects: [{ type: 'leave-line' }] };
}

function queue(cell: string, text: string, source: Source): Event {
	return {
		type: 'execution-queued',
		execution: source.execution(cell),
		cell,
		source: text,
		at: source.now()
	};
}

function add(notebook: Notebook, command: Extract<Command, { type: 'add' }>): Decision {
	// One that was added before, and perhaps deleted since: the command has come a second time.
	const known = [...notebook.cells, ...notebook.deleted];
	if (known.some((cell) => cell.id === command.cell)) return done([]);
	if (!findCell(notebook, command.after)) return refuse({ code: 'unknown-cell' });
	const { cell, after, source } = command;
	return done([{ type: 'cell-added', cell, after, source }]);
}

function changeScratch(
	notebook: Notebook,
	command: Extract<Command, { type: 'move' | 'delete' }>
): Decision {
	const cell = findCell(notebook, command.cell);
	if (!cell) return command.type === 'delete' ? done([]) : refuse({ code: 'unknown-cell' });
	if (cell.kind === 'lesson') return refuse({ code: 'lesson-cell-kept' });
	if (command.type === 'move') {
		return done([{ type: 'cell-moved', cell: cell.id, after: command.after }]);
	}
	return done([{ type: 'cell-deleted', cell: cell.id }]);
}

/** To this question, whichever else is asked by now: the command may have been sent a second time. */
function answer(notebook: Notebook, command: Extract<Command, { type: 'answer' }>): Decision {
	const { execution, question, text } = command;
	const cell = notebook.cells.find((other) => other.run?.execution === execution);
	// Python gives an answer to whichever cell asks by now: one to a cell that is over may reach another.
	if (!cell?.run || cell.run.outcome !== null) return refuse({ code: 'nothing-asked' });
	const asked = cell.outputs.find((output) => output.key === question);
	if (asked?.type !== 'input' || asked.answer !== null) return refuse({ code: 'nothing-asked' });
	// A password is journaled by `apply` as dots; the text goes to the kernel only.
	const kept = asked.password ? '' : text;
	const event: Event = { type: 'input-answered', execution, question, answer: kept };
	return { ok: true, events: [event], effects: [{ type: 'answer', execution, question, text }] };
}

function onKnown(notebook: Notebook, cell: string, events: () => readonly Event[]): Decision {
	return findCell(notebook, cell) ? done(events()) : refuse({ code: 'unknown-cell' });
}

function asks(cell: Cell): boolean {
	return cell.outputs.some((output) => output.type === 'input' && output.answer === null);
}

/** Everything that waits there is marked as not run. */
export function abortQueue(notebook: Notebook, at: number, track: Track): readonly Event[] {
	return queuedCells(notebook, track).flatMap((cell) => abort(cell, at));
}

/** The same for what waits and for what runs: the kernel is gone or about to go. */
export function abortAll(notebook: Notebook, at: number): readonly Event[] {
	return (['turn', 'beside'] as const).flatMap((track) => {
		const running = runningCell(notebook, track);
		return [...(running ? abort(running, at) : []), ...abortQueue(notebook, at, track)];
	});
}

function abort(cell: Cell, at: number): readonly Event[] {
	if (!cell.run) return [];
	return [{ type: 'execution-finished', execution: cell.run.execution, outcome: 'aborted', at }];
}

function done(events: readonly Event[]): Decision {
	return { ok: true, events, effects: [] };
}

function refuse(problem: Problem): Decision {
	return { ok: false, problem };
}
