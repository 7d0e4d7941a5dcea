import { playwright } from '@vitest/browser-playwright';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

// Components and what only a real browser can tell: `*.browser.ts`.
export default mergeConfig(
	{ ...base, test: { ...base.test, include: [] } },
	defineConfig({
		test: {
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
	})
);
