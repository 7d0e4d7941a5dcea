import type { Lesson } from '$lib/lesson/lesson';
import { course } from '$lib/server/course';
import { courseProgress } from '$lib/server/progress';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const progress = await courseProgress(locals.learner);
	const known = new Map(progress.map((one) => [one.slug, one]));
	const lessons = course().map((result) =>
		result.ok
			? {
					ok: true as const,
					...summary(result.lesson),
					progress: known.get(result.lesson.slug) ?? null
				}
			: result
	);
	return { lessons };
};

function summary({ slug, number, title, summary, minutes, cells, headings }: Lesson) {
	return { slug, number, title, summary, minutes, cells: cells.length, headings };
}
