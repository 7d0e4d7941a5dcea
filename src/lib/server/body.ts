/** What a page sends, read with bounds and checked: whatever comes, the answer is words and no trace. */
import * as v from 'valibot';
import type { Problem } from '$lib/notebook/problem';

export type Read<T> =
	| { readonly ok: true; readonly value: T }
	| { readonly ok: false; readonly status: 400 | 413 | 415; readonly problem: Problem };

/**
 * @param limit how many letters the checked value may have taken; `BODY_SIZE_LIMIT` bounds it before
 */
export async function readBody<T extends v.GenericSchema>(
	request: Request,
	schema: T,
	limit: (value: v.InferOutput<T>) => number
): Promise<Read<v.InferOutput<T>>> {
	if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
		return refuse(415, 'The content type is not application/json.');
	const text = await readText(request);
	if (text === null) return refuse(413, 'It is too large.');
	const parsed = parse(text);
	if (!parsed) return refuse(400, 'It is not JSON.');
	const input = v.safeParse(schema, parsed.value);
	if (!input.success) return refuse(400, input.issues[0].message);
	if (text.length > limit(input.output)) return refuse(413, 'It is too large for what it asks.');
	return { ok: true, value: input.output };
}

/** `null`: longer than anything may be. */
async function readText(request: Request): Promise<string | null> {
	try {
		return await request.text();
	} catch (error) {
		// SvelteKit's own error for a body over BODY_SIZE_LIMIT.
		if (error instanceof Error && 'status' in error && error.status === 413) return null;
		throw error;
	}
}

function parse(text: string): { readonly value: unknown } | null {
	try {
		return { value: JSON.parse(text) as unknown };
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

function refuse(status: 400 | 413 | 415, reason: string): Read<never> {
	return { ok: false, status, problem: { code: 'bad-command', detail: { reason } } };
}
