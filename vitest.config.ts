import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Not the app's Vite configuration: tests of pure code need neither SvelteKit nor the lessons.
export default defineConfig({
	plugins: [svelte({ configFile: false })],
	...(process.env['TF_VITE_CACHE'] ? { cacheDir: process.env['TF_VITE_CACHE'] } : {}),
	resolve: {
		alias: {
			$lib: at('./src/lib'),
			'$app/environment': at('./tests/stand-ins/environment.ts')
		}
	},
	test: {
		expect: { requireAssertions: true },
		include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
		environment: 'node',
		testTimeout: 30_000,
		// Tests in Python and in the browser have kernels forked; here it would only cost seconds.
		env: { TUNINGFORK_FORK: '0' }
	}
});
