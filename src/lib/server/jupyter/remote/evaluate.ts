/** One call of a Python function in a kernel, without a trace in the learner's names. Pure. */
import type { MimeBundle } from '../port';

/** The content of a request that calls `name`, defined in the text of a module, with named values. */
export function callRequest(source: string, name: string, given: MimeBundle): MimeBundle {
	const show = `__import__("IPython.display", fromlist=["JSON"]).JSON`;
	const values = `__import__("json").loads(${python(JSON.stringify(given))})`;
	const run = `(lambda g: (exec(${python(source)}, g), ${show}(g["${name}"](**${values})))[1])({"__name__": "tuningfork_sent"})`;
	return {
		code: '',
		silent: true,
		store_history: false,
		user_expressions: { answer: run },
		allow_stdin: false,
		stop_on_error: false
	};
}

export type Called =
	| { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
	/** What Python raised, or nothing: there is no answer. */
	| { readonly ok: false; readonly error: string };

export function readCall(reply: MimeBundle | null): Called {
	if (reply === null) return { ok: false, error: '' };
	const answer = object(object(reply['user_expressions'])['answer']);
	const value = object(answer['data'])['application/json'];
	if (answer['status'] === 'ok' && typeof value === 'object' && value !== null)
		return { ok: true, value: object(value) };
	const failed = 'ename' in answer ? answer : reply;
	return { ok: false, error: `${text(failed['ename'])}: ${text(failed['evalue'])}` };
}

/** A literal of Python: JSON's escapes are among Python's, but a lone surrogate is none of UTF-8's. */
function python(text: string): string {
	return JSON.stringify(text);
}

function object(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null
		? (value as Readonly<Record<string, unknown>>)
		: {};
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
