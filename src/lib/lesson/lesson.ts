/**
 * What a lesson file says, before anybody has run it.
 *
 * A lesson is one `lesson.svx`: front matter, prose, and code cells written as fences
 * (```` ```python cell id=train ````). This folder is pure: it knows nothing of Svelte,
 * of kernels or of what a learner typed.
 */
export interface LessonCell {
	readonly id: string;
	readonly code: string;
	/** Line of the opening fence in the file, counted from 1. */
	readonly line: number;
}

export interface Heading {
	readonly id: string;
	readonly text: string;
	/** The cells that stand between this heading and the next one. */
	readonly cells: readonly string[];
}

export interface Lesson {
	readonly slug: string;
	/** Place in the course; comes from the folder's name (`01-…`). */
	readonly number: number;
	readonly title: string;
	readonly summary: string;
	readonly goal: string;
	readonly minutes: number;
	readonly cells: readonly LessonCell[];
	readonly headings: readonly Heading[];
}

/** A lesson file that cannot be read. The rest of the course goes on without it. */
export interface LessonProblem {
	readonly slug: string;
	readonly line: number;
	readonly message: string;
}

export type LessonResult =
	| { readonly ok: true; readonly lesson: Lesson }
	| { readonly ok: false; readonly problem: LessonProblem };
