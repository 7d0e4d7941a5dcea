/**
 * The words for what can go wrong with the Jupyter server of another computer. Most of it is mended by
 * whoever set the address up, so the variables are named.
 */
import type { Detail, ProblemText } from './problem-text';

const THEN = 'Then press Restart. Everything you wrote and every output is kept.';

export const REMOTE = {
	'remote-address': (d) => ({
		what: 'The address of the other Jupyter server cannot be used.',
		why: badAddress(d),
		next: `Correct it where Tuning Fork is started, and start Tuning Fork again. docs/remote.md has examples.`
	}),
	'remote-unreachable': (d) => ({
		what: 'Python on the other computer cannot be reached.',
		why: silence(d),
		next: `Check that the Jupyter server runs there, and the address in TUNINGFORK_JUPYTER_URL. ${THEN}`
	}),
	'remote-certificate': (d) => ({
		what: 'The other computer cannot prove who it is, so no token is sent to it.',
		why: `Its certificate is not accepted (${d.code ?? 'no reason given'}). It may have run out, belong to another name, or be signed by somebody this computer does not know.`,
		next: `If it is signed by your own organisation, start Tuning Fork with NODE_EXTRA_CA_CERTS=/path/to/its/certificate.pem. ${THEN}`
	}),
	'remote-refused': (d) => ({
		what: 'The other Jupyter server does not let Tuning Fork in.',
		why: `The token is missing, wrong or no longer valid for ${d.address ?? 'that address'}, or it does not allow this.${d.said ? ` The server says: ${d.said}` : ''}`,
		next: `Put a valid token into TUNINGFORK_JUPYTER_TOKEN or its file. A JupyterHub gives one under "Token" in its menu. ${THEN}`
	}),
	'remote-elsewhere': (d) => ({
		what: 'The address of the other Jupyter server points to another place.',
		why: `${d.address ?? 'It'} sends us on to ${d.target ?? 'another address'}. The token must not go where nobody told it to, so Tuning Fork did not follow.`,
		next: `If that is the right place, write it into TUNINGFORK_JUPYTER_URL, and start Tuning Fork again.`
	}),
	'remote-not-jupyter': (d) => ({
		what: 'There is no Jupyter server at the address given.',
		why: `Something answers at ${d.address ?? 'it'}${status(d)}, but not as a Jupyter server does. Often a part of the address is missing, such as /user/name/ of a JupyterHub.`,
		next: `Correct TUNINGFORK_JUPYTER_URL, and start Tuning Fork again. docs/remote.md has examples.`
	}),
	'remote-stopped': (d) => ({
		what: 'Your server on the JupyterHub is not running.',
		why: `The hub at ${d.address ?? 'the address given'} answers, but the server of this user was stopped or has not been started.`,
		next: `Open the hub in a browser and press "Start My Server". ${THEN}`
	}),
	'remote-busy': (d) => ({
		what: 'The other Jupyter server could not do what it was asked.',
		why: `It answered with an error${status(d)}${d.said ? `: ${d.said}` : '.'}`,
		next: `Try again in a moment; its log says more. ${THEN}`
	}),
	'remote-no-websocket': (d) => ({
		what: 'Messages of Python do not come through from the other computer.',
		why: `${d.address ?? 'The server'} answers, but the connection for messages (a WebSocket) was refused: ${d.said || 'no reason given'}. A proxy in between is the usual cause.`,
		next: `Let the proxy pass WebSockets on below /api/kernels/, or use an address without it. ${THEN}`
	}),
	'remote-no-kernel': (d) => ({
		what: 'The other Jupyter server has no Python that fits.',
		why: d.named
			? `TUNINGFORK_JUPYTER_KERNEL names “${d.named}”; it offers: ${d.offered || 'nothing'}.`
			: `It offers: ${d.offered || 'no kernels at all'}. None of them is Python.`,
		next: `Name one of them in TUNINGFORK_JUPYTER_KERNEL, or install ipykernel there: python -m pip install ipykernel. ${THEN}`
	}),
	'remote-packages': (d) => ({
		what: 'The Python on the other computer lacks what the lessons need.',
		why: d.python
			? `It is Python ${d.python} (${d.executable ?? 'unknown'}); 3.11 is the oldest that works.`
			: `Not there, or of another generation: ${d.lacking ?? 'some packages'}.`,
		next: d.command
			? `Run there: ${d.command}. ${THEN}`
			: `Install Python 3.11 or newer there as a kernel, and name it in TUNINGFORK_JUPYTER_KERNEL. ${THEN}`
	}),
	'remote-silent': (d) => ({
		what: 'Python started on the other computer, but could not be made ready.',
		why: `${d.said || 'It gave no answer in time.'}`,
		next: `If it says that a folder or the disk is the cause, mend that there. ${THEN}`
	}),
	'remote-away': (d) => ({
		what: 'The connection to the other computer is lost.',
		why: `${silence(d)} What runs there goes on.`,
		next: 'Nothing to do: Tuning Fork tries again by itself and then shows what you have missed.'
	})
} satisfies Record<string, (detail: Detail) => ProblemText>;

function badAddress(d: Detail): string {
	switch (d.about) {
		case 'password':
			return `TUNINGFORK_JUPYTER_URL has a name or a password in it (for ${d.given ?? 'a server'}). Addresses end up in logs; a token belongs into TUNINGFORK_JUPYTER_TOKEN or a file.`;
		case 'query':
			return `TUNINGFORK_JUPYTER_URL has a “?” or “#” in it, after ${d.given ?? 'the address'}. Leave it out; a token belongs into TUNINGFORK_JUPYTER_TOKEN or a file.`;
		case 'file':
			return `The file in TUNINGFORK_JUPYTER_TOKEN_FILE cannot be read: ${d.reason ?? d.given ?? 'no reason given'}.`;
		default:
			return `TUNINGFORK_JUPYTER_URL is “${d.given ?? ''}”; it must begin with http:// or https://.`;
	}
}

function silence(d: Detail): string {
	const where = d.address ?? 'the address given';
	switch (d.reason) {
		case 'name':
			return `There is no computer of that name: ${where}.`;
		case 'refused':
			return `The computer is there, but nothing listens at ${where}.`;
		case 'time':
			return `${where} did not answer in time.`;
		case 'tls':
			return `${where} does not speak https. Perhaps it is http://.`;
		default:
			return `${where} gives no answer${d.code ? ` (${d.code})` : ''}.`;
	}
}

function status(d: Detail): string {
	return d.status ? ` (status ${d.status})` : '';
}
