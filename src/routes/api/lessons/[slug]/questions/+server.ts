import { json } from '@sveltejs/kit';
import { Question, QUESTION_LETTERS, type QuestionReply } from '$lib/protocol/command';
import { readBody } from '$lib/server/body';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ params, locals, request }) => {
	const read = await readBody(request, Question, () => QUESTION_LETTERS);
	if (!read.ok) return json({ ok: false, problem: read.problem }, { status: read.status });
	const session = await sessionFor(locals.learner, params.slug);
	const { type, code, cursor } = read.value;
	const reply: QuestionReply =
		type === 'complete'
			? { type, completion: await session.complete(code, cursor) }
			: { type, data: await session.inspect(code, cursor) };
	return json(reply);
};
