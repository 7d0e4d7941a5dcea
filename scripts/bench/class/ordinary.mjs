/**
 * A class has walls, and walls do not hold root: started by root, the bench runs itself once more as
 * an ordinary user, by the same way as the Python tests.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
	chownSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from '../../setup/place.mjs';

const RESULT = 'TUNINGFORK_BENCH_RESULT';
/** Says to the one that runs as an ordinary user that it goes before kernels. */
const AHEAD = 'TUNINGFORK_BENCH_AHEAD';
const OF_THE_APP = /^\S*node\S* .*(build\/index\.js|class\/run\.mjs)|-m host --runtime/;
const WAY = `
import json
from tests.host import ordinary
print(json.dumps([ordinary.USER, ordinary.prefix()]))
`;

/** Where this process leaves its section for the one that started it; null: it was started by itself. */
export const resultFile = process.env[RESULT] ?? null;

export function isRoot() {
	return process.getuid?.() === 0;
}

/**
 * That user, and what comes before a command to run it as them.
 * @param {string} root @returns {{ user: number, before: [string, ...string[]] }}
 */
export function ordinaryUser(root) {
	const { venvPython } = placeOf(root);
	const kernel = join(root, 'kernel');
	const asked = spawnSync(venvPython, ['-c', WAY], { cwd: kernel, encoding: 'utf8' });
	if (asked.status !== 0) throw new Error(asked.stderr);
	const [user, before] = JSON.parse(asked.stdout);
	return { user, before };
}

/** @param {string} root @returns {Promise<{ code: number, text: string | null }>} */
export async function runAsOrdinary(root) {
	const { user, before } = ordinaryUser(root);
	const [program, ...args] = before;
	const folder = mkdtempSync(join(tmpdir(), 'tf-class-'));
	const file = join(folder, 'section.md');
	const isAhead = goAhead(root, process.pid);
	try {
		chownSync(folder, user, user);
		const own = { [RESULT]: file, [AHEAD]: isAhead ? '1' : '', HOME: folder };
		const env = { ...process.env, ...own, PYTHONDONTWRITEBYTECODE: '1' };
		const again = [...args, process.execPath, ...process.argv.slice(1)];
		const child = spawn(program, again, { cwd: root, env, stdio: 'inherit' });
		const push = setInterval(() => isAhead && pushAhead(root, user), PUSH_MS);
		const code = await new Promise((resolve) => child.once('close', resolve));
		clearInterval(push);
		return { code: code ?? 1, text: existsSync(file) ? readFileSync(file, 'utf8') : null };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/**
 * Puts this process before those that compute: learners sit at computers of their own, and their side of the
 * bench must not wait for a bomb in the class.
 * @param {string} root @returns {boolean} whether it is allowed, and so the app's processes are as well
 */
export function stepAhead(root) {
	return process.env[AHEAD] === '1' || (!isRoot() && goAhead(root, process.pid));
}

/** @param {string} root @param {number} pid */
function goAhead(root, pid) {
	const args = ['-m', 'host.ahead', String(pid)];
	const options = { cwd: join(root, 'kernel'), encoding: /** @type {const} */ ('utf8') };
	const done = spawnSync(placeOf(root).venvPython, args, options);
	if (done.status !== 0) throw new Error(done.stderr);
	return done.stdout.trim() === 'ahead';
}

/** How often a process is pushed: the host's threads come with its kernels. */
const PUSHES = 20;
const PUSH_MS = 2000;

/** @type {Map<string, number>} */
const pushed = new Map();

/** What `LimitRTPRIO=1` allows the ordinary user (docs/walls.md), root does for it here. @param {string} root @param {number} user */
function pushAhead(root, user) {
	for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		const times = pushed.get(pid) ?? 0;
		if (times === PUSHES || !OF_THE_APP.test(commandOf(pid, user))) continue;
		goAhead(root, Number(pid));
		pushed.set(pid, times + 1);
	}
}

/** Empty for what is not this user's. @param {string} pid @param {number} user */
function commandOf(pid, user) {
	try {
		if (statSync(`/proc/${pid}`).uid !== user) return '';
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
	} catch (error) {
		// It has ended meanwhile.
		if (/** @type {NodeJS.ErrnoException} */ (error).code?.match(/ENOENT|ESRCH/)) return '';
		throw error;
	}
}
