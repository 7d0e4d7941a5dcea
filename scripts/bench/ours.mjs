/** Our side: the built app with an empty data folder, opened with an invitation as by a learner. */
import { newAddress } from '../start/invite.mjs';
import { VIEWPORT } from './browser.mjs';
import { startBuilt } from './built.mjs';
import { ourChart } from './charts.mjs';
import { ourLine } from './floors.mjs';

const SLUG = '01-fine-tune-in-five-minutes';
const FIRST_CELL = 'data';
const PARTS = {
	cell: '[data-cell]',
	count: '.count',
	text: '.outputs pre',
	drawing: '.outputs .plot svg'
};

/** @typedef {import('playwright-core').Page} Page */

/** @param {string} root @param {import('playwright-core').Browser} browser @returns {Promise<import('./side.mjs').Side>} */
export async function startOurs(root, browser) {
	const { url, data, stop } = await startBuilt(root);
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
		async reset() {
			await command(context, url, { type: 'interrupt' });
			await command(context, url, { type: 'reset', cell: FIRST_CELL });
		},
		chart: ourChart,
		connect: () => ourLine(context, `${url}/api/lessons/${SLUG}`),
		async stop() {
			await context.close();
			await stop();
		}
	};
}

/** @param {import('playwright-core').BrowserContext} context @param {string} url @param {object} what */
async function command(context, url, what) {
	await context.request.post(`${url}/api/lessons/${SLUG}/commands`, {
		headers: { origin: url },
		data: { id: crypto.randomUUID(), viewer: 'bench', command: what }
	});
}
