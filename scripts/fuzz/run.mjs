/**
 * Sends a kernel's messages, good and bad, through everything that takes them: the wire, the recorder, the
 * journal, the stream and the page; and says which of them did harm.
 *
 *     npm run fuzz -- [--messages 200000] [--seed 1] [--from 0] [--page-every 50] [--browser-every 5000]
 *     npm run fuzz -- --replay FILE
 *
 * The same seed gives the same messages; `--from` is the number of the first story. What is found is cut down to a small story in `.cache/fuzz`, which
 * `--replay` tells again. `--page-every` and `--browser-every` count messages: the page is made as the server
 * makes it, or a browser looks at the built app (0: it does not). Ends with 1 if anything was found.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { say } from '../setup/say.mjs';
import { Count } from './count.mjs';

/** Messages in a story: tests/fuzz/campaign.ts, `LENGTH`. */
const LENGTH = 100;
/** A story that says nothing for so long hangs. Milliseconds. */
const PATIENCE = 240_000;
const TELL_EVERY = 10_000;
const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

const { values } = parseArgs({
	options: {
		messages: { type: 'string', default: '200000' },
		seed: { type: 'string', default: String(Date.now() % 1_000_000) },
		from: { type: 'string', default: '0' },
		'page-every': { type: 'string', default: '50' },
		'browser-every': { type: 'string', default: '5000' },
		replay: { type: 'string' }
	}
});

const inBrowser = Number(values['browser-every']) > 0;
if (inBrowser && !existsSync('build/index.js')) {
	say('A browser needs the built app: npm run build makes it. --browser-every 0 does without.');
	process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'tf-fuzz-'));
try {
	process.exitCode = values.replay ? await again(values.replay) : await everything();
} finally {
	rmSync(folder, { recursive: true, force: true });
}

/** @param {string} file */
async function again(file) {
	const { steps } = JSON.parse(readFileSync(file, 'utf8'));
	/** @type {any} */
	let found = 'The process ended.';
	await child({ replay: { folder, steps, inBrowser } }, (news) => {
		if (news.type === 'replayed') found = news.finding?.text ?? null;
	});
	say(found ?? 'Nothing was found.');
	return found === null ? 0 : 1;
}

async function everything() {
	const seed = Number(values.seed);
	const until = Math.ceil(Number(values.messages) / LENGTH);
	const pageEvery = Number(values['page-every']);
	const browserEvery = inBrowser ? Math.ceil(Number(values['browser-every']) / LENGTH) : 0;
	const count = new Count(until);
	say(`Seed ${seed}: ${until} stories of about ${LENGTH} messages, the page every ${pageEvery}.`);
	const timer = setInterval(() => say(count.line()), TELL_EVERY);
	for (let from = Number(values.from); from < until; from = count.next) {
		const known = [...count.kinds.keys()];
		const order = { seed, from, until, pageEvery, browserEvery, folder, known };
		const how = await child({ order }, (news) => count.hear(news));
		if (how !== null && !count.isTelling) throw new Error(`No story could be told: ${how}.`);
		if (how !== null) count.lose(how, seed);
	}
	clearInterval(timer);
	say(count.line());
	say(count.summary());
	return count.kinds.size === 0 ? 0 : 1;
}

/**
 * @param {object} task @param {(news: any) => void} hear
 * @returns {Promise<string | null>} how it ended; `null`: as it should
 */
function child(task, hear) {
	// In a group of its own: with it go the app and the browser that it has started.
	const one = fork(CHILD, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	let isHung = false;
	const end = () => {
		try {
			process.kill(-(one.pid ?? 0), 'SIGKILL');
		} catch (error) {
			// None of it is left.
			if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
		}
	};
	const late = () => {
		isHung = true;
		end();
	};
	for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
	let timer = setTimeout(late, PATIENCE);
	return new Promise((resolve) => {
		one.on('message', (/** @type {any} */ news) => {
			clearTimeout(timer);
			timer = setTimeout(late, PATIENCE);
			if (news.type === 'ready') one.send(task);
			else hear(news);
		});
		one.once('exit', (code, signal) => {
			clearTimeout(timer);
			end();
			if (isHung) resolve(`a story hangs: nothing was heard for ${PATIENCE / 1000} s`);
			else resolve(code === 0 ? null : `a story ended the process: ${signal ?? code}`);
		});
	});
}
