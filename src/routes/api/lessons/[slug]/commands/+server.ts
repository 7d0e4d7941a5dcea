import { json } from '@sveltejs/kit';
import { CommandRequest, lettersOf, type CommandReply } from '$lib/protocol/command';
import { readBody } from '$lib/server/body';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ params, locals, request }) => {
	const read = await readBody(request, CommandRequest, ({ command }) => lettersOf(command));
	if (!read.ok) {
		const { status, problem } = read;
		return json({ ok: false, problem } satisfies CommandReply, { status });
	}
	const session = await sessionFor(locals.learner, params.slug);
	return json(await session.command(read.value));
};
