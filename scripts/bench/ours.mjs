/** Our side: the built app with an empty data folder, opened with an invitation as by a learner. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopHost } from '../start/host.mjs';
import { newAddress } from '../start/invite.mjs';
import { freePort } from '../start/port.mjs';
import { VIEWPORT } from './browser.mjs';
import { ourChart } from './charts.mjs';
import { ourLine } from './floors.mjs';
import { startServer } from './process.mjs';
import { words } from './words.mjs';

const SLUG = '01-fine-tune-in-five-minutes';
const PARTS = {
	cell: '[data-cell]',
	count: '.count',
	text: '.outputs pre',
	drawing: '.outputs .plot svg'
};

/** @typedef {import('playwright-core').Page} Page */

/** @param {string} root @param {import('playwright-core').Browser} browser @returns {Promise<import('./side.mjs').Side>} */
export async function startOurs(root, browser) {
	if (!existsSync(join(root, 'build', 'index.js'))) throw words.noBuild();
	const data = mkdtempSync(join(tmpdir(), 'tf-bench-'));
	const url = `http://127.0.0.1:${await freePort('127.0.0.1', 4700)}`;
	const server = await startServer({
		name: 'Tuning Fork',
		command: [process.execPath, 'build/index.js'],
		cwd: root,
		env: environment(root, data, url),
		answers: `${url}/healthz`
	});
	const context = await browser.newContext({ viewport: VIEWPORT });
	const welcome = await context.newPage();
	await welcome.goto(newAddress(data, url));
	await welcome.close();
	return {
		key: 'ours',
		name: 'Tuning Fork',
		context,
		address: `${url}/lessons/${SLUG}`,
		parts: PARTS,
		interruptButton: 'button[aria-label="Interrupt Cell 1"]',
		ready: (page) =>
			page.getByText('Python is ready', { exact: true }).first().waitFor({ timeout: 90_000 }),
		save: () => Promise.resolve(),
		reset: () => command(context, url, { type: 'interrupt' }),
		chart: ourChart,
		connect: () => ourLine(context, `${url}/api/lessons/${SLUG}`),
		async stop() {
			await context.close();
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

/** @param {import('playwright-core').BrowserContext} context @param {string} url @param {object} what */
async function command(context, url, what) {
	await context.request.post(`${url}/api/lessons/${SLUG}/commands`, {
		headers: { origin: url },
		data: { id: crypto.randomUUID(), viewer: 'bench', command: what }
	});
}
