import { endingProblem, type KernelState } from '$lib/notebook/kernel';
import { cellName } from '$lib/notebook/name';
import { findExecution, type Notebook } from '$lib/notebook/notebook';
import { problemText } from '$lib/notebook/problem';
import type { Step } from './replica';
import { lineOfStartsWords, pausedAt } from './words';

export interface Announcement {
	readonly urgent: boolean;
	readonly text: string;
}

/** What somebody who listens to the page should hear of a change; most changes say nothing. */
export function announce({ entry, before, after }: Step): Announcement | null {
	const { event } = entry;
	switch (event.type) {
		case 'execution-started':
			return calm(`${nameOf(after, event.execution)} running.`);
		case 'execution-pausing':
			return calm(`${nameOf(after, event.execution)} pauses after this step.`);
		case 'execution-finished':
			return finished(after, event.execution);
		case 'output-added':
			if (event.output.type !== 'input') return null;
			return urgent(`${nameOf(after, event.execution)} asks: ${event.output.prompt}`.slice(0, 300));
		case 'kernel-changed':
			return kernelNews(before.kernel, event.kernel);
		default:
			return null;
	}
}

function kernelNews(before: KernelState, now: KernelState): Announcement | null {
	const { phase, stage, problem, line } = now;
	if (phase === 'dead') return problem ? urgent(sentence(problemText(problem))) : null;
	if (phase === 'starting') {
		// The place alone, and when it changes: the seconds would be said each second.
		if (stage !== 'line' || !line || line.place === before.line?.place) return null;
		return calm(`${lineOfStartsWords(line)}.`);
	}
	const ending = endingProblem(now);
	if (ending) return calm(sentence(problemText(ending)));
	if (phase !== 'ready' || stage || now.rest || before.rest) return null;
	return calm('Python is ready.');
}

function finished(notebook: Notebook, execution: string): Announcement | null {
	const cell = findExecution(notebook, execution);
	if (!cell) return null;
	const name = cellName(notebook, cell.id);
	switch (cell.run?.outcome) {
		case 'error': {
			const error = cell.outputs.findLast((output) => output.type === 'error');
			const what = error?.type === 'error' ? ` ${error.name}: ${error.message}` : '';
			return urgent(`${name} stopped with an error.${what}`.slice(0, 300));
		}
		case 'interrupted':
			return calm(`${name} interrupted.`);
		case 'aborted':
			return null;
		default: {
			const at = pausedAt(cell);
			if (at) return calm(`${name} paused at ${at}.`);
			return calm(`${name} finished${cell.outputs.length > 0 ? ', output below' : ''}.`);
		}
	}
}

function nameOf(notebook: Notebook, execution: string): string {
	const cell = findExecution(notebook, execution);
	return cell ? cellName(notebook, cell.id) : 'A cell';
}

function sentence({ what, why, next }: ReturnType<typeof problemText>): string {
	return `${what} ${why} ${next}`;
}

function calm(text: string): Announcement {
	return { urgent: false, text };
}

function urgent(text: string): Announcement {
	return { urgent: true, text };
}
