import { error } from '@sveltejs/kit';
import { course, findLesson } from '$lib/server/course';
import { installName } from '$lib/server/secret';
import { notebookText } from '$lib/server/session/served';
import { showSession } from '$lib/server/session/sessions';
import { VERSION } from '$lib/server/version';
import type { PageServerLoad } from './$types';

/** Python is started when the page connects, not here: a link that is only fetched ahead starts nothing. */
export const load: PageServerLoad = async ({ params, locals }) => {
	const result = findLesson(params.slug);
	if (!result) error(404, { message: 'There is no such lesson.', ...NOWHERE });
	if (!result.ok) {
		const { line, message } = result.problem;
		error(500, {
			message: 'This lesson cannot be read.',
			why: `In lessons/${params.slug}/lesson.svx, line ${line}: ${message}`,
			next: 'Correct that line and save the file. The other lessons are not affected.'
		});
	}
	const session = await showSession(locals.learner, result.lesson);
	const { notebook, journal } = session.shown;
	return {
		lesson: result.lesson,
		// As text: the serializer of pages refuses some names, and a learner can write any.
		notebook: notebookText(notebook),
		journal,
		version: VERSION,
		install: installName(locals.learner),
		...neighbours(params.slug)
	};
};

const NOWHERE = {
	why: 'The address may be mistyped, or the lesson has been renamed.',
	next: 'Choose a lesson from the list of all lessons.'
};

function neighbours(slug: string) {
	const lessons = course().flatMap((result) => (result.ok ? [result.lesson] : []));
	const at = lessons.findIndex((lesson) => lesson.slug === slug);
	const short = (index: number) => {
		const lesson = lessons[index];
		return lesson ? { slug: lesson.slug, title: lesson.title } : null;
	};
	return { previous: short(at - 1), next: short(at + 1) };
}
