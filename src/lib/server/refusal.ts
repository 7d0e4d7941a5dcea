/**
 * What a browser sees that is not let in: a page that needs nothing from the app, or a status.
 */
import { problemText, type Problem } from '$lib/notebook/problem';
import type { Refusal } from './gate';

export function refusalPage(refusal: Refusal, isApi: boolean): Response {
	const problem: Problem = { code: refusal.code };
	if (isApi) return Response.json({ ok: false, problem }, { status: refusal.status });
	const { what, why, next } = problemText(problem);
	const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tuning Fork: not let in</title></head>
<body style="font: 18px/1.6 system-ui; max-width: 34em; margin: 15vh auto; padding: 0 1.5em; color-scheme: light dark"><main><h1 style="font-size: 1.4em">${what}</h1><p>${why}</p><p><strong>${next}</strong></p></main></body></html>`;
	return new Response(html, {
		status: refusal.status,
		headers: {
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy':
				"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
			'cache-control': 'no-store'
		}
	});
}

/** A program that asked for JSON is told of a failure in JSON, and by no page of ours. */
export function inJson(response: Response): Response {
	const type = response.headers.get('content-type') ?? '';
	if (response.status < 400 || type.startsWith('application/json')) return response;
	const reason = `The server answered with status ${response.status}.`;
	const problem: Problem = { code: 'bad-command', detail: { reason } };
	const headers = new Headers(response.headers);
	for (const name of ['content-type', 'content-length', 'etag']) headers.delete(name);
	void response.body?.cancel();
	return Response.json({ ok: false, problem }, { status: response.status, headers });
}
