/** Which port to listen on. */
import { createServer } from 'node:net';
import { hostUnknown, portDenied, portsTaken } from '../setup/trouble.mjs';

const TRIES = 50;

/**
 * The wanted port, or the next free one after it.
 * @param {string} host @param {number} wanted @returns {Promise<number>}
 */
export async function freePort(host, wanted) {
	for (let port = wanted; port < wanted + TRIES; port += 1) {
		const code = await tryPort(host, port);
		if (code === null) return port;
		if (code === 'EACCES') throw portDenied(port);
		if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw hostUnknown(host);
		if (code !== 'EADDRINUSE') throw new Error(`Port ${port}: ${code}`);
	}
	throw portsTaken(wanted, wanted + TRIES - 1);
}

/** The error code of listening there; null when it works. @param {string} host @param {number} port */
function tryPort(host, port) {
	return /** @type {Promise<string | null>} */ (
		new Promise((resolve) => {
			const server = createServer();
			server.once('error', (error) =>
				resolve('code' in error ? String(error.code) : error.message)
			);
			server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
		})
	);
}
