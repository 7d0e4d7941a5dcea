/** `npm run harm`: one learner of a class does all the harm that was ever found, two others work on. */
import { expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';

test('whatever one learner sends, the others print and train, and nothing is started again', async () => {
	test.setTimeout(400_000);
	const child = spawn(process.execPath, ['scripts/harm/run.mjs'], {
		stdio: ['ignore', 'pipe', 'inherit']
	});
	let said = '';
	child.stdout.on('data', (text: Buffer) => (said += text.toString()));
	const code = await new Promise((resolve) => child.once('exit', resolve));
	expect(said).toMatch(/^0 failures$/m);
	expect(said).not.toContain('✗');
	expect(code).toBe(0);
});
