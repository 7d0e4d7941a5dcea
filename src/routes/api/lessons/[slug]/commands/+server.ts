import { json } from '@sveltejs/kit';
import * as v from 'valibot';
import { CommandRequest, type CommandReply } from '$lib/protocol/command';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ params, locals, request }) => {
	const input = v.safeParse(CommandRequest, await request.json());
	if (!input.success) {
		const reason = input.issues[0].message;
		return json({
			ok: false,
			problem: { code: 'bad-command', detail: { reason } }
		} satisfies CommandReply);
	}
	const session = await sessionFor(locals.learner, params.slug);
	return json(await session.command(input.output));
};
