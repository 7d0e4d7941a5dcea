import { playwright } from '@vitest/browser-playwright';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Components, and what only a real browser can tell: `*.browser.ts`.
export default defineConfig({
	...base,
	resolve: {
		alias: { $lib: at('./src/lib'), '$app/environment': at('./tests/stand-ins/browser.ts') }
	},
	test: {
		...base.test,
		include: ['src/**/*.browser.ts'],
		browser: {
			enabled: true,
			headless: true,
			screenshotFailures: false,
			instances: [{ browser: 'chromium' }],
			provider: playwright({
				launchOptions: {
					executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
					args: ['--no-sandbox']
				}
			})
		}
	}
});
