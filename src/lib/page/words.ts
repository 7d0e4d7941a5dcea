/** The state of things in words: what the page bar and the cells say. */
import { age, fate, isEdited, status, type Age, type Cell, type Fate } from '$lib/notebook/cell';
import type { KernelLine, KernelState } from '$lib/notebook/kernel';
import { cellName } from '$lib/notebook/name';
import { queuedCells, runningCell, trackOf, type Notebook } from '$lib/notebook/notebook';
import { isTraining, trainingOf } from '$lib/notebook/training';
import type { Line } from './stream';

export type Tone = 'quiet' | 'busy' | 'good' | 'warn' | 'bad';

export interface Words {
	readonly tone: Tone;
	readonly text: string;
}

const STAGES = {
	line: 'Waiting in line…',
	host: 'Starting the Python host…',
	python: 'Starting Python…',
	answering: 'Waiting for Python’s first answer…',
	library: 'Loading the training library, about 5 seconds…'
} as const;

/** @param now milliseconds since 1970 */
export function kernelWords(notebook: Notebook, line: Line, now: number): Words {
	return lineWords(line, now) ?? phaseWords(notebook);
}

function lineWords(line: Line, now: number): Words | null {
	switch (line.type) {
		case 'connected':
		case 'hidden':
			return null;
		case 'offline':
			return { tone: 'warn', text: 'No network. Your work is kept.' };
		case 'signed-out':
			return { tone: 'bad', text: 'Signed out' };
		case 'sent-away':
			return { tone: 'warn', text: 'Not kept up to date' };
		case 'reconnecting': {
			const seconds = Math.ceil((line.at - now) / 1000);
			return {
				tone: 'warn',
				text: seconds > 0 ? `Reconnecting in ${seconds} s…` : 'Reconnecting…'
			};
		}
	}
}

function phaseWords(notebook: Notebook): Words {
	const { phase, stage, rest, safe } = notebook.kernel;
	if (phase === 'dead') return { tone: 'bad', text: 'Python has stopped' };
	if (phase === 'off') return { tone: 'quiet', text: 'Python is not running' };
	const running = runningWords(notebook);
	if (running) return { tone: 'busy', text: running };
	if (phase === 'starting') return { tone: 'busy', text: startWords(notebook.kernel) };
	if (stage === 'library') return { tone: 'busy', text: STAGES.library };
	if (rest) return { tone: 'quiet', text: 'Python rests: the next run wakes it at once' };
	if (safe === 'on') return { tone: 'warn', text: 'Python is ready, without start-up files' };
	return { tone: 'good', text: 'Python is ready' };
}

function startWords({ stage, line }: KernelState): string {
	return stage === 'line' && line ? lineOfStartsWords(line) : STAGES[stage ?? 'python'];
}

/** "You are 3rd in line, about 4 seconds" */
export function lineOfStartsWords({ place, seconds, shortOfMemory }: KernelLine): string {
	const where = `You are ${ordinal(place)} in line`;
	if (shortOfMemory) return `${where}: the computer is short of memory`;
	return seconds === null ? where : `${where}, about ${aboutWords(seconds)}`;
}

function aboutWords(seconds: number): string {
	if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
	return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

function ordinal(number: number): string {
	const teen = number % 100 > 10 && number % 100 < 14;
	const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
	return `${number}${ending}`;
}

function runningWords(notebook: Notebook): string | null {
	const names = (['turn', 'beside'] as const).flatMap((track) => {
		const cell = runningCell(notebook, track);
		return cell ? [lower(cellName(notebook, cell.id))] : [];
	});
	return names.length > 0 ? `Running ${names.join(' and ')}` : null;
}

/**
 * @param asked the page has asked for a run and has no answer yet
 * @param clash it holds two texts
 */
export function cellWords(notebook: Notebook, cell: Cell, asked: boolean, clash = false): Words {
	const doing = status(cell);
	if (doing === 'running') return { tone: 'busy', text: busyWords(notebook, cell) };
	if (doing === 'queued') return { tone: 'busy', text: placeWords(notebook, cell) };
	if (clash) return { tone: 'warn', text: 'Two texts: choose one, then run' };
	if (asked) return { tone: 'busy', text: 'Sending…' };
	return restWords(cell, age(cell, notebook.kernel.generation));
}

/** Of a cell that does nothing: what became of its last run, and how old what it shows is. */
function restWords(cell: Cell, shown: Age): Words {
	const fateNow = fate(cell);
	if (fateNow === null) return { tone: 'quiet', text: '' };
	const edited = isEdited(cell);
	if (fateNow === 'not-begun') return { tone: 'warn', text: notBegunWords(cell, shown, edited) };
	const isOld = shown === 'earlier-python';
	if (!isOld) return edited ? { tone: 'warn', text: 'Edited since it ran' } : outcomeWords(cell);
	const text = FATES[fateNow] ? `${FATES[fateNow]}, before the restart` : 'From before the restart';
	return { tone: 'warn', text: edited ? `${text}. Edited since` : text };
}

const FATES: Readonly<Record<Exclude<Fate, 'not-begun'>, string>> = {
	ok: '',
	error: 'Stopped with an error',
	interrupted: 'Interrupted',
	'cut-off': 'Cut off'
};

function notBegunWords(cell: Cell, shown: Age, edited: boolean): string {
	const text = 'Not run: stopped before its turn';
	if (cell.outputs.length === 0) return text;
	const since = edited ? ', edited since' : '';
	return `${text}. Output ${shown === 'earlier-python' ? 'from before the restart' : 'of an earlier run'}${since}`;
}

function busyWords(notebook: Notebook, cell: Cell): string {
	if (cell.run?.pausing && isTraining(cell)) return 'Pausing after this step…';
	const other = trackOf(cell) === 'beside' ? runningCell(notebook) : undefined;
	return other ? `Beside ${lower(cellName(notebook, other.id))}: running` : 'Running';
}

function placeWords(notebook: Notebook, cell: Cell): string {
	if (trackOf(cell) === 'beside') return 'Next to run, beside the others';
	const place = queuedCells(notebook).findIndex((other) => other.id === cell.id) + 1;
	if (notebook.kernel.phase === 'starting')
		return place > 1 ? `Waiting, number ${place}` : 'Waiting for Python';
	return place > 1 ? `Waiting, number ${place}` : 'Next to run';
}

function outcomeWords(cell: Cell): Words {
	switch (fate(cell)) {
		case 'error':
			return { tone: 'bad', text: FATES.error };
		case 'interrupted':
			return { tone: 'warn', text: FATES.interrupted };
		case 'cut-off':
			return { tone: 'warn', text: `${FATES['cut-off']} before it finished` };
		default:
			return pausedWords(cell) ?? { tone: 'good', text: tookWords(cell) };
	}
}

function pausedWords(cell: Cell): Words | null {
	const at = pausedAt(cell);
	return at === null ? null : { tone: 'warn', text: `Paused at ${at}` };
}

/** "step 9 of 20" when the cell's training was paused there. */
export function pausedAt(cell: Cell): string | null {
	const training = trainingOf(cell);
	return training?.state === 'paused' ? `step ${training.step} of ${training.total}` : null;
}

function tookWords(cell: Cell): string {
	const { startedAt, finishedAt } = cell.run ?? {};
	if (startedAt == null || finishedAt == null) return 'Done';
	const took = finishedAt - startedAt;
	return took < 1000 ? 'Done' : `Done in ${durationWords(took)}`;
}

/** A time that is over; below ten seconds with one digit after the point. Milliseconds. */
export function durationWords(milliseconds: number): string {
	if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
	return elapsedWords(milliseconds);
}

/** A time that still goes on, in whole seconds. Milliseconds. */
export function elapsedWords(milliseconds: number): string {
	const seconds = milliseconds / 1000;
	if (seconds < 60) return `${Math.floor(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * The whole state of a cell for somebody who cannot see it: `Code cell 3, finished, output below`.
 * @param clash it holds two texts
 */
export function cellLabel(notebook: Notebook, cell: Cell, clash = false): string {
	const name = cellName(notebook, cell.id).replace(/^Cell/, 'Code cell');
	const state = stateWord(notebook, cell);
	const old = oldOutputWord(cell, age(cell, notebook.kernel.generation));
	const output = cell.outputs.length > 0 ? `, ${old} below` : '';
	return `${name}, ${clash ? 'two texts to choose from, ' : ''}${state}${output}`;
}

/** What is shown is called old where the word before it does not say so. */
function oldOutputWord(cell: Cell, shown: Age): string {
	const isSaid = status(cell) === 'ready' && fate(cell) !== 'not-begun';
	if (isSaid || shown === 'last-run') return 'output';
	return shown === 'earlier-python' ? 'output from before the restart' : 'output of an earlier run';
}

function stateWord(notebook: Notebook, cell: Cell): string {
	const doing = status(cell);
	if (doing !== 'ready') return doing === 'queued' ? 'waiting' : 'running';
	const fateNow = fate(cell);
	if (fateNow === null) return 'not run yet';
	if (fateNow === 'not-begun') return 'not run';
	const isOld = age(cell, notebook.kernel.generation) === 'earlier-python';
	const when = isOld ? ' before the restart' : '';
	if (isEdited(cell))
		return isOld ? 'run before the restart and edited since' : 'edited since it ran';
	if (fateNow !== 'ok') return `${FATE_WORDS[fateNow]}${when}`;
	const at = isOld ? null : pausedAt(cell);
	return at ? `paused at ${at}` : `finished${when}`;
}

const FATE_WORDS = {
	error: 'stopped with an error',
	interrupted: 'interrupted',
	'cut-off': 'cut off'
} as const;

/** What is said when something is asked of a cell that holds two texts. */
export function choiceWords(notebook: Notebook, id: string): string {
	return `${cellName(notebook, id)} holds two texts. Choose first which one to keep: mine or theirs.`;
}

function lower(name: string): string {
	return name.charAt(0).toLowerCase() + name.slice(1);
}

/** What the button says that starts a kernel which was put away. @param cells how many it runs again */
export function repeatWords(cells: number): string {
	return `Start again and run the ${cells === 1 ? 'cell' : `${cells} cells`} you had run`;
}
