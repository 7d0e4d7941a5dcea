import type { Lesson } from '$lib/lesson/lesson';
import { course } from '$lib/server/course';
import { isClass } from '$lib/server/health/settings';
import { nameOf } from '$lib/server/people';
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
	// Several may share a browser: each sees whose work this is.
	const name = isClass() ? nameOf(locals.learner) : null;
	return { lessons, name, mayMeasure: locals.mayMeasure };
};

function summary({ slug, number, title, summary, minutes, cells, headings }: Lesson) {
	return { slug, number, title, summary, minutes, cells: cells.length, headings };
}
