/**
 * `import code from './inside.ts?bundle'`: the module and all that it imports as one classic script, in
 * a string. The frame for outputs has no origin, so it can load no module; what runs in it is handed in.
 */
import { build } from 'vite';

const QUERY = '?bundle';

/** One build of each file serves the page's build and the server's. @type {Map<string, Promise<string>>} */
const built = new Map();

/** @returns {import('vite').Plugin} */
export function bundles() {
	let isDevelopment = false;
	return {
		name: 'bundle-as-text',
		enforce: 'pre',
		configResolved(config) {
			isDevelopment = config.command === 'serve';
		},
		async load(id) {
			if (!id.endsWith(QUERY)) return null;
			const file = id.slice(0, -QUERY.length);
			const code = isDevelopment ? bundle(file) : (built.get(file) ?? bundle(file));
			built.set(file, code);
			return `export default ${JSON.stringify(await code)};`;
		}
	};
}

/** @param {string} entry */
async function bundle(entry) {
	const made = await build({
		configFile: false,
		logLevel: 'error',
		define: { 'process.env.NODE_ENV': '"production"' },
		build: {
			write: false,
			minify: true,
			lib: { entry, formats: ['iife'], name: 'tuningForkInside' }
		}
	});
	const [first] = Array.isArray(made) ? made : [made];
	const chunk = first && 'output' in first ? first.output[0] : null;
	if (!chunk) throw new Error(`Nothing was built of ${entry}.`);
	return chunk.code;
}
