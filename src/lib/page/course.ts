import type { Heading, LessonProblem } from '$lib/lesson/lesson';

export interface Progress {
	readonly ran: number;
	readonly cells: number;
	readonly lastCell: string | null;
	/** When the lesson was last opened, milliseconds since 1970. */
	readonly at: number;
	readonly running: boolean;
}

export interface ListedLesson {
	readonly ok: true;
	readonly slug: string;
	readonly number: number;
	readonly title: string;
	readonly summary: string;
	readonly minutes: number;
	readonly cells: number;
	readonly headings: readonly Heading[];
	readonly progress: Progress | null;
}

export type Listed = ListedLesson | { readonly ok: false; readonly problem: LessonProblem };

/** The lesson to go on with: one that is running, else the one opened last. */
export function lastVisited(lessons: readonly Listed[]): ListedLesson | null {
	const begun = lessons.flatMap((one) => (one.ok && one.progress ? [one] : []));
	const byTime = begun.toSorted((a, b) => (b.progress?.at ?? 0) - (a.progress?.at ?? 0));
	return byTime.find((one) => one.progress?.running) ?? byTime[0] ?? null;
}

/** The section in which the learner last ran a cell. */
export function lastSection(lesson: ListedLesson): Heading | null {
	const cell = lesson.progress?.lastCell;
	return lesson.headings.find(({ cells }) => cell && cells.includes(cell)) ?? null;
}

export function progressWords({ cells, progress }: ListedLesson): string {
	if (!progress) return '';
	if (progress.running) return 'running now';
	if (progress.ran === 0) return 'opened';
	return progress.ran >= cells ? 'all cells run' : `${progress.ran} of ${cells} cells run`;
}
