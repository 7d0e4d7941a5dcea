/** The course: every lesson file, read when the app is built. */
import type { LessonResult } from '$lib/lesson/lesson';
import { parseLesson } from '$lib/lesson/parse';

const FILES: Record<string, string> = import.meta.glob('/lessons/*/lesson.svx', {
	query: '?raw',
	import: 'default',
	eager: true
});

const COURSE: readonly LessonResult[] = Object.entries(FILES)
	.map(([path, text]) => parseLesson(slugOf(path), text))
	.toSorted((a, b) => lessonSlug(a).localeCompare(lessonSlug(b)));

export function course(): readonly LessonResult[] {
	return COURSE;
}

export function findLesson(slug: string): LessonResult | undefined {
	return COURSE.find((result) => lessonSlug(result) === slug);
}

export function lessonSlug(result: LessonResult): string {
	return result.ok ? result.lesson.slug : result.problem.slug;
}

function slugOf(path: string): string {
	return path.split('/').at(-2) ?? path;
}
