import { error } from '@sveltejs/kit';
import { Readable } from 'node:stream';
import { findLesson } from '$lib/server/course';
import { LARGEST, openOwnFile } from '$lib/server/own-file';
import { workFolder } from '$lib/server/paths';
import type { RequestHandler } from './$types';

/** A file that the learner's own cells wrote, to be saved: it is never shown as a page. */
export const GET: RequestHandler = async ({ params, locals }) => {
	if (!findLesson(params.slug)?.ok) error(404, 'There is no such lesson.');
	const file = await openOwnFile(workFolder(locals.learner, params.slug), params.path);
	if (!file) error(404, 'There is no such file in the folder that your cells work in.');
	if (file.size > LARGEST) {
		await file.handle.close();
		error(413, 'This file is larger than 1 GB. Copy it from the folder that your cells work in.');
	}
	const name = encodeURIComponent(params.path.split('/').at(-1) ?? 'file');
	const stream = file.handle.createReadStream({ start: 0, end: Math.max(0, file.size - 1) });
	return new Response(Readable.toWeb(stream) as ReadableStream, {
		headers: {
			'content-type': 'application/octet-stream',
			'content-disposition': `attachment; filename*=UTF-8''${name}`,
			'content-security-policy': "sandbox; default-src 'none'",
			'cache-control': 'no-store'
		}
	});
};
