import type { Frame } from '$lib/protocol/frame';
import { frameText } from '$lib/server/session/served';
import { sessionFor } from '$lib/server/session/sessions';
import type { RequestHandler } from './$types';

/**
 * The events of a lesson, from `Last-Event-ID` (or `?after=`) on, which is a number in `?journal=`.
 * In another journal it means nothing, and the whole notebook is sent.
 */
export const GET: RequestHandler = async ({ params, locals, request, url }) => {
	const session = await sessionFor(locals.learner, params.slug);
	const journal = url.searchParams.get('journal') ?? session.journal;
	const viewer = session.watch(lastSeen(request, url), journal);
	const encoder = new TextEncoder();
	const body = new ReadableStream<Uint8Array>(
		{
			// Without a first byte Node holds the headers back, and the page would not know it is heard.
			start: (controller) => controller.enqueue(encoder.encode(': hello\n\n')),
			async pull(controller) {
				const frame = await viewer.next();
				if (frame) controller.enqueue(encoder.encode(toText(frame)));
				else controller.close();
			},
			cancel: () => viewer.close()
		},
		{ highWaterMark: 1 }
	);
	return new Response(body, {
		headers: {
			'content-type': 'text/event-stream',
			'cache-control': 'no-store',
			'x-accel-buffering': 'no'
		}
	});
};

function lastSeen(request: Request, url: URL): number | null {
	const text = request.headers.get('last-event-id') ?? url.searchParams.get('after');
	const seq = Number(text);
	return text && Number.isInteger(seq) && seq >= 0 ? seq : null;
}

function toText(frame: Frame): string {
	return `${idOf(frame)}event: ${frame.type}\ndata: ${frameText(frame)}\n\n`;
}

function idOf(frame: Frame): string {
	if (frame.type === 'snapshot') return `id: ${frame.notebook.seq}\n`;
	const last = frame.type === 'entries' ? frame.entries.at(-1) : undefined;
	return last ? `id: ${last.seq}\n` : '';
}
