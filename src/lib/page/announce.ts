import { findExecution, type Notebook } from '$lib/notebook/notebook';
import { problemText } from '$lib/notebook/problem';
import type { Step } from './replica';
import { cellName, pausedAt } from './words';

export interface Announcement {
	readonly urgent: boolean;
	readonly text: string;
}

/** What somebody who listens to the page should hear of a change; most changes say nothing. */
export function announce({ entry, after }: Step): Announcement | null {
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
			return urgent(`${nameOf(after, event.execution)} asks: ${event.output.prompt}`);
		case 'kernel-changed':
			if (event.kernel.phase === 'ready' && !event.kernel.stage) return calm('Python is ready.');
			if (event.kernel.phase !== 'dead' || !event.kernel.problem) return null;
			return urgent(sentence(problemText(event.kernel.problem)));
		default:
			return null;
	}
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
