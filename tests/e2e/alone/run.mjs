/**
 * Shows payloads in frames, in a network namespace of its own, and prints as JSON what left them. Started by
 * `alone.e2e.ts` under `unshare --net --mount`; a name server and a way to everywhere are pretended, so
 * that the browser tries in earnest.
 */
import { chromium } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

/** @typedef {{ headers: Record<string, string>, body: string, payloads: string[], names: string }} Task */

const [file = ''] = process.argv.slice(2);
/** @type {Task} */
const task = JSON.parse(readFileSync(file, 'utf8'));

// A cable whose other end nobody holds, and a neighbour there who never answers.
for (const line of [
	'link set lo up',
	'link add out type veth peer name nowhere',
	'addr add 10.99.0.1/24 dev out',
	'link set out up',
	'link set nowhere up',
	'neigh add 10.99.0.2 lladdr 02:00:00:00:00:02 dev out',
	'route add default via 10.99.0.2'
])
	execFileSync('ip', line.split(' '));
writeFileSync(task.names, 'nameserver 10.99.0.2\noptions attempts:1 timeout:1\n');
execFileSync('mount', ['--bind', task.names, '/etc/resolv.conf']);

const server = createServer((request, answer) => {
	if (request.url === '/frame') answer.writeHead(200, task.headers).end(task.body);
	else
		answer
			.writeHead(200, { 'content-type': 'text/html' })
			.end('<!doctype html><title>x</title><body>');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address ? address.port : 0;

const ears = spawn('python3', ['tests/e2e/alone/ears.py', String(port)], {
	stdio: ['ignore', 'pipe', 'inherit']
});
/** @type {string[]} */
const heard = [];
const lines = createInterface({ input: ears.stdout });
await once(lines, 'line');
lines.on('line', (line) => heard.push(line));

const browser = await chromium.launch({
	executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${port}/`);
await wait(1000);
// What a browser says for itself (to its maker, when it starts) is not what an output says.
heard.length = 0;
await page.evaluate(showAll, task.payloads);
await wait(3000);
const told = [...new Set(heard)].filter((line) => !/ (googleapis|google) com$/.test(line));
await browser.close();
ears.kill();
server.close();
console.log(JSON.stringify(told));

/** The page's part: one frame after the other is given what it is to show. @param {string[]} payloads */
async function showAll(payloads) {
	for (const html of payloads) {
		const frame = document.createElement('iframe');
		frame.setAttribute('sandbox', 'allow-scripts');
		frame.src = '/frame';
		const { port1, port2 } = new MessageChannel();
		await new Promise((resolve) => {
			port1.onmessage = ({ data }) => {
				if (data.type === 'ready') port1.postMessage({ type: 'show', job: { kind: 'html', html } });
				if (data.type === 'shown') resolve(null);
			};
			frame.onload = () => {
				frame.onload = null;
				frame.contentWindow?.postMessage('begin', '*', [port2]);
			};
			document.body.append(frame);
		});
	}
}
