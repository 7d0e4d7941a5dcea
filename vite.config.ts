import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { bundles } from './src/compile/bundle.js';

// Many small files take a browser longer than a few large ones: each is a message between processes.
const GROUPS = [
	{ name: 'runtime', test: /node_modules\/(svelte|@sveltejs|esm-env|clsx|devalue|@lucide)\// },
	{
		name: 'lesson',
		test: /src\/lib\/ui\/(cell|editor|lesson)\/|node_modules\/(@codemirror|@lezer|@marijn|style-mod|crelt|w3c-keyname)\//
	}
];

export default defineConfig({
	plugins: [bundles(), sveltekit()],
	...(process.env['TF_VITE_CACHE'] ? { cacheDir: process.env['TF_VITE_CACHE'] } : {}),
	build: { rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } } },
	server: { fs: { allow: ['lessons'] } }
});
