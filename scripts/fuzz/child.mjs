/** Tells stories, or one from a file, with the app's own modules. A process of its own: a story may end it. */
import { fileURLToPath } from 'node:url';
import { createServer, isRunnableDevEnvironment } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const server = await createServer({
	root: ROOT,
	configFile: `${ROOT}vitest.config.ts`,
	appType: 'custom',
	logLevel: 'error',
	cacheDir: `${ROOT}.cache/fuzz/vite`,
	// No browser is served from here.
	optimizeDeps: { noDiscovery: true, include: [] },
	server: { middlewareMode: true, watch: null, hmr: false, ws: false }
});

process.once('message', async (/** @type {any} */ asked) => {
	const ssr = server.environments['ssr'];
	if (!ssr || !isRunnableDevEnvironment(ssr)) throw new Error('This Vite cannot run modules.');
	/** @type {typeof import('../../tests/fuzz/campaign')} */
	const stories = await ssr.runner.import('/tests/fuzz/campaign.ts');
	const { replay, order } = asked;
	const report = (/** @type {unknown} */ news) => process.send?.(news);
	if (order) await stories.campaign(order, report);
	else {
		const finding = await stories.replay(replay.folder, replay.steps, replay.inBrowser);
		report({ type: 'replayed', finding });
	}
	await server.close();
	process.disconnect();
	// What a story left open must not keep this process.
	process.exit();
});
process.send?.({ type: 'ready' });
