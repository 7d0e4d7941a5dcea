import type { Frame } from '$lib/protocol/frame';
import { frameText } from '$lib/server/session/served';
import type { Viewer } from '$lib/server/session/viewers';
import { sessionFor } from '$lib/server/session/sessions';
import { Streams } from '$lib/server/streams';
import type { RequestHandler } from './$types';

const HEADERS = {
	'content-type': 'text/event-stream',
	'cache-control': 'no-store',
	'x-accel-buffering': 'no'
};
const streams = new Streams();
const encoder = new TextEncoder();

/**
 * The events of a lesson, from `Last-Event-ID` (or `?after=`) on, which is a number in `?journal=`.
 * In another journal it means nothing, and the whole notebook is sent.
 */
export const GET: RequestHandler = async ({ params, locals, request, url }) => {
	const session = await sessionFor(locals.learner, params.slug);
	const journal = url.searchParams.get('journal') ?? session.journal;
	const viewer = session.watch(lastSeen(request, url), journal);
	return new Response(bodyOf(viewer, locals.learner, params.slug), { headers: HEADERS });
};

/** What GET would answer, without its endless body, and without starting anything. */
export const HEAD: RequestHandler = () => new Response(null, { headers: HEADERS });

function bodyOf(viewer: Viewer, learner: string, lesson: string): ReadableStream<Uint8Array> {
	let isOpen = true;
	let forget: () => void;
	const end = () => {
		isOpen = false;
		viewer.close();
		forget();
	};
	return new ReadableStream<Uint8Array>(
		{
			start(controller) {
				const sendAway = () => {
					end();
					controller.enqueue(encode({ type: 'farewell', problem: { code: 'too-many-tabs' } }));
					controller.close();
				};
				forget = streams.add({ learner, lesson, sendAway });
				// Without a first byte Node holds the headers back, and the page would not know it is heard.
				controller.enqueue(encoder.encode(': hello\n\n'));
			},
			async pull(controller) {
				const frame = await viewer.next();
				if (!isOpen) return;
				if (frame) return controller.enqueue(encode(frame));
				end();
				controller.close();
			},
			cancel: end
		},
		{ highWaterMark: 1 }
	);
}

function lastSeen(request: Request, url: URL): number | null {
	const text = request.headers.get('last-event-id') ?? url.searchParams.get('after');
	const seq = Number(text);
	return text && Number.isInteger(seq) && seq >= 0 ? seq : null;
}

function encode(frame: Frame): Uint8Array {
	return encoder.encode(`${idOf(frame)}event: ${frame.type}\ndata: ${frameText(frame)}\n\n`);
}

function idOf(frame: Frame): string {
	if (frame.type === 'snapshot') return `id: ${frame.notebook.seq}\n`;
	const last = frame.type === 'entries' ? frame.entries.at(-1) : undefined;
	return last ? `id: ${last.seq}\n` : '';
}
