/** The built app with an empty data folder, as `npm start` runs it, and its end with all it started. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopHost } from '../start/host.mjs';
import { freePort } from '../start/port.mjs';
import { startServer } from './process.mjs';
import { words } from './words.mjs';

/**
 * @typedef {object} Built
 * @property {string} url
 * @property {string} data
 * @property {() => Promise<void>} stop
 */

/** @param {string} root @param {Readonly<Record<string, string>>} [more] variables @returns {Promise<Built>} */
export async function startBuilt(root, more = {}) {
	if (!existsSync(join(root, 'build', 'index.js'))) throw words.noBuild();
	const data = mkdtempSync(join(tmpdir(), 'tf-bench-'));
	const url = `http://127.0.0.1:${await freePort('127.0.0.1', 4700)}`;
	const server = await startServer({
		name: 'Tuning Fork',
		command: [process.execPath, 'build/index.js'],
		cwd: root,
		env: { ...environment(root, data, url), ...more },
		answers: `${url}/healthz`
	});
	return {
		url,
		data,
		async stop() {
			await server.stop();
			await stopHost(data);
			rmSync(data, { recursive: true, force: true });
		}
	};
}

/** As `npm start` gives it. @param {string} root @param {string} data @param {string} url */
function environment(root, data, url) {
	return {
		...process.env,
		NODE_ENV: 'production',
		HOST: '127.0.0.1',
		PORT: new URL(url).port,
		ORIGIN: url,
		SHUTDOWN_TIMEOUT: '3',
		BODY_SIZE_LIMIT: '16M',
		TUNINGFORK_ROOT: root,
		TUNINGFORK_DATA: data,
		TUNINGFORK_RUNTIME: ''
	};
}
