/**
 * The app as its developers run it: every change of the code is shown at once. It keeps its own data,
 * so that an app in use from the same folder is not disturbed.
 */
import { join } from 'node:path';
import { runShown } from '../setup/child.mjs';
import { toolEnvironment } from '../setup/place.mjs';
import { say } from '../setup/say.mjs';
import { stopHost } from './host.mjs';
import { newAddress } from './invite.mjs';
import { freePort } from './port.mjs';

const HOST = '127.0.0.1';
const PORT = 5173;

/** @param {import('../setup/place.mjs').Place} place @param {readonly string[]} more for Vite @returns {Promise<number>} */
export async function develop(place, more) {
	const data = process.env['TUNINGFORK_DATA'] || join(place.root, '.cache', 'dev-data');
	const port = await freePort(HOST, PORT);
	const url = `http://${HOST}:${port}`;
	say(
		`Open this address once Vite is ready; it lets in one browser, once:\n\n  ${newAddress(data, url)}\n`
	);
	const args = ['dev', '--host', HOST, '--port', String(port), '--strictPort', ...more];
	const env = {
		...toolEnvironment(place),
		TUNINGFORK_ROOT: place.root,
		TUNINGFORK_DATA: data,
		ORIGIN: url
	};
	try {
		const code = await runShown('vite', args, { cwd: place.root, env });
		if (code === 'not-found')
			say('Vite is not installed. Run npm start once: it installs what is missing.');
		return typeof code === 'number' ? code : 0;
	} finally {
		await stopHost(data);
	}
}
