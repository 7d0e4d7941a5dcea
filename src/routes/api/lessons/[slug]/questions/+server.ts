import { error, json } from '@sveltejs/kit';
import * as v from 'valibot';
import { Question, type QuestionReply } from '$lib/protocol/command';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ params, locals, request }) => {
	const input = v.safeParse(Question, await request.json());
	if (!input.success) error(400, input.issues[0].message);
	const session = await sessionFor(locals.learner, params.slug);
	const { type, code, cursor } = input.output;
	const reply: QuestionReply =
		type === 'complete'
			? { type, completion: await session.complete(code, cursor) }
			: { type, data: await session.inspect(code, cursor) };
	return json(reply);
};
