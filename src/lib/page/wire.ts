/** The page's only way to the server: addresses, `fetch` and `EventSource`. */
import type { CommandReply, CommandRequest, Question, QuestionReply } from '$lib/protocol/command';
import type { Delivery } from './lane';

const PATIENCE = 20_000;

export class Wire {
	readonly #base: string;
	readonly #viewer: string;

	constructor(lesson: string, viewer: string) {
		this.#base = `/api/lessons/${lesson}`;
		this.#viewer = viewer;
	}

	textHref(execution: string, key: number): string {
		return `${this.#base}/texts/${execution}/${key}`;
	}

	/** A file in the folder that the cells work in. */
	fileHref(path: string): string {
		return `${this.#base}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
	}

	openStream(after: number, journal: string): EventSource {
		return new EventSource(this.#streamHref(after, journal));
	}

	/** Asks for the stream only to learn whether it would be given. */
	async probeStream(after: number, journal: string): Promise<number> {
		const gone = new AbortController();
		try {
			const answer = await fetch(this.#streamHref(after, journal), {
				method: 'HEAD',
				signal: gone.signal
			});
			return answer.status;
		} catch (error) {
			if (isNetworkFailure(error)) return 0;
			throw error;
		} finally {
			gone.abort();
		}
	}

	/** A refusal comes with words as well. */
	async post(request: CommandRequest): Promise<Delivery> {
		const answer = await send(`${this.#base}/commands`, request);
		if (!answer || answer.status >= 500 || answer.status === 429) return { type: 'unreachable' };
		if (answer.status === 401 || answer.status === 403) return { type: 'signed-out' };
		const reply = answer.body as CommandReply | null;
		return { type: 'answered', reply: reply ?? strange(answer.status) };
	}

	/** For a page that is about to go: nobody waits for the answer. */
	postLast(request: CommandRequest): void {
		const body = new Blob([JSON.stringify(request)], { type: 'application/json' });
		navigator.sendBeacon(`${this.#base}/commands`, body);
	}

	/** `null`: no answer; the learner may simply ask again. */
	async ask(question: Question): Promise<QuestionReply | null> {
		const answer = await send(`${this.#base}/questions`, question);
		return answer?.ok ? (answer.body as QuestionReply) : null;
	}

	#streamHref(after: number, journal: string): string {
		return `${this.#base}/events?after=${after}&journal=${journal}&viewer=${this.#viewer}`;
	}
}

interface Answer {
	readonly ok: boolean;
	readonly status: number;
	readonly body: unknown;
}

/** `null`: no answer came, or only a part of one. */
async function send(url: string, body: unknown): Promise<Answer | null> {
	try {
		const answer = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(PATIENCE)
		});
		const isJson = answer.headers.get('content-type')?.startsWith('application/json');
		return { ok: answer.ok, status: answer.status, body: isJson ? await answer.json() : null };
	} catch (error) {
		if (isNetworkFailure(error) || error instanceof SyntaxError) return null;
		throw error;
	}
}

/** A refusal without words means that page and server do not fit together. */
function strange(status: number): CommandReply {
	const reason = `The server answered with status ${status}.`;
	return { ok: false, problem: { code: 'bad-command', detail: { reason } } };
}

function isNetworkFailure(error: unknown): boolean {
	return error instanceof TypeError || error instanceof DOMException;
}
