/** Where a learner stands in the course. */
import { shownRun, type Cell } from '$lib/notebook/cell';
import { runningCell, type Notebook } from '$lib/notebook/notebook';
import { findSession } from './session/sessions';
import { workOf } from './work';

export interface LessonProgress {
	readonly slug: string;
	/** Lesson cells that were run to their end at least once. */
	readonly ran: number;
	readonly cells: number;
	readonly lastCell: string | null;
	/** When the lesson was last opened, milliseconds since 1970. */
	readonly at: number;
	readonly running: boolean;
}

export async function courseProgress(learner: string): Promise<readonly LessonProgress[]> {
	const progress = await Promise.all(
		workOf(learner).map(async (work) => {
			const session = await findSession(learner, work.lesson);
			return session ? [lessonProgress(session.notebook, work.lesson, work.openedAt)] : [];
		})
	);
	return progress.flat();
}

function lessonProgress(notebook: Notebook, slug: string, at: number): LessonProgress {
	const cells = notebook.cells.filter((cell) => cell.kind === 'lesson');
	return {
		slug,
		ran: cells.filter((cell) => shownRun(cell)?.outcome === 'ok').length,
		cells: cells.length,
		lastCell: lastRun(cells)?.id ?? null,
		at,
		running: runningCell(notebook) !== undefined
	};
}

function lastRun(cells: readonly Cell[]): Cell | undefined {
	const run = cells.filter((cell) => cell.run);
	return run.toSorted((a, b) => (a.run?.queuedAt ?? 0) - (b.run?.queuedAt ?? 0)).at(-1);
}
