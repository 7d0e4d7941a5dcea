/**
 * The same payloads where nothing else is: in a network namespace of the test's own, in which every packet
 * is heard, look-ups of names too. Linux, and a user who may make one (root, or unprivileged
 * namespaces); elsewhere it fails and says so.
 */
import { expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App } from './app';
import { NETWORK } from './payloads/network';

let app: App;
let folder = '';

test.beforeAll(async () => {
	app = await startApp();
	folder = mkdtempSync(join(tmpdir(), 'tf-alone-'));
});

test.afterAll(async () => {
	await app.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Each tries an address and a name of its own. */
const payloads = Object.values(NETWORK).flatMap((text, at) => [
	text.replaceAll('HOST', '10.77.0.7:8077'),
	text.replaceAll('HOST', `leak-${at}.example:8077`)
]);

function leaving(headers: Readonly<Record<string, string>>, body: string): readonly string[] {
	const file = join(folder, 'task.json');
	writeFileSync(file, JSON.stringify({ headers, body, payloads, names: join(folder, 'names') }));
	const ask = ['--net', '--mount', process.execPath, 'tests/e2e/alone/run.mjs', file];
	const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
	const { status, stdout, stderr } = spawnSync('unshare', [...user, ...ask], {
		encoding: 'utf8',
		timeout: 90_000
	});
	if (status !== 0) throw new Error(`No network namespace could be had or used here:\n${stderr}`);
	return JSON.parse(stdout) as string[];
}

test('no packet leaves an output', async () => {
	const answer = await fetch(`${app.url}/frame`);
	const headers = Object.fromEntries(answer.headers);
	delete headers['transfer-encoding'];
	delete headers['content-length'];
	expect(leaving(headers, await answer.text())).toEqual([]);

	// The ears are not deaf: without the walls both kinds of leak are heard.
	const policy = headers['content-security-policy'] ?? '';
	const open = {
		'content-type': 'text/html',
		'content-security-policy': policy.replace(/; require-trusted-types-for.*/, '')
	};
	const heard = leaving(open, readFileSync('tests/e2e/payloads/unsealed.html', 'utf8')).join('\n');
	expect(heard).toMatch(/10\.77\.0\.7 8077/);
	expect(heard).toMatch(/10\.99\.0\.2 53 .*leak-\d/);
});
