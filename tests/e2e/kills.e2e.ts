/** A short run of `npm run kills`: kernel, template, host and web process are killed at random moments. */
import { expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';

test('whatever is killed, nothing is lost and everybody can go on', async () => {
	const args = ['scripts/kills/run.mjs', '--kills', '10', '--apps', '1', '--seed', '7'];
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	let said = '';
	child.stdout.on('data', (text: Buffer) => (said += text.toString()));
	const code = await new Promise((resolve) => child.once('exit', resolve));
	expect(said).toContain('0 failures');
	expect(code).toBe(0);
});
