/**
 * A class has walls, and walls do not hold root: started by root, the bench runs itself once more as
 * an ordinary user, by the same way as the Python tests.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from '../../setup/place.mjs';

const RESULT = 'TUNINGFORK_BENCH_RESULT';
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

/** @param {string} root @returns {{ code: number, text: string | null }} */
export function runAsOrdinary(root) {
	const { venvPython } = placeOf(root);
	const kernel = join(root, 'kernel');
	const asked = spawnSync(venvPython, ['-c', WAY], { cwd: kernel, encoding: 'utf8' });
	if (asked.status !== 0) throw new Error(asked.stderr);
	/** @type {[number, [string, ...string[]]]} */
	const [user, [program, ...args]] = JSON.parse(asked.stdout);
	const folder = mkdtempSync(join(tmpdir(), 'tf-class-'));
	const file = join(folder, 'section.md');
	try {
		chownSync(folder, user, user);
		const env = { ...process.env, [RESULT]: file, HOME: folder, PYTHONDONTWRITEBYTECODE: '1' };
		const again = [...args, process.execPath, ...process.argv.slice(1)];
		const done = spawnSync(program, again, { cwd: root, env, stdio: 'inherit' });
		return { code: done.status ?? 1, text: existsSync(file) ? readFileSync(file, 'utf8') : null };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
