import { error } from '@sveltejs/kit';
import { createReadStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

/** Everything a cell printed, also what the page folds away. */
export const GET: RequestHandler = async ({ params, locals }) => {
	// The names go into a path: nothing but what we make ourselves is let through.
	if (!/^[\w-]+\.[\w-]+$/.test(params.execution) || !/^\d+$/.test(params.key))
		error(404, 'No such text.');
	const session = await sessionFor(locals.learner, params.slug);
	const path = session.texts.path(params.execution, Number(params.key));
	if (!existsSync(path)) error(404, 'This text is gone: the cell has been run again since.');
	return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream, {
		headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
	});
};
