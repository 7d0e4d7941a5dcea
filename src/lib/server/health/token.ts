/**
 * The token with which a program collects `/metrics` and `/health`. It opens nothing else.
 *
 * It is in a file of its own, so that it can be given to a collector without the installation's
 * secret. Deleting the file makes it worthless; the next start makes another.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../paths';

const NAME = 'metrics-token';

/** Makes the file, if there is none. */
export function makeToken(): void {
	try {
		const text = `${randomBytes(32).toString('base64url')}\n`;
		writeFileSync(file(), text, { flag: 'wx', mode: 0o600 });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
	}
}

/** @param authorization the header, such as `Bearer abc` */
export function isCollector(authorization: string | null): boolean {
	const [, given] = /^Bearer ([\w-]{43})$/.exec(authorization ?? '') ?? [];
	const token = given === undefined ? null : readToken();
	return given !== undefined && token !== null && timingSafeEqual(digest(given), digest(token));
}

function readToken(): string | null {
	try {
		const text = readFileSync(file(), 'utf8').trim();
		// An empty or half-written file must not open the door to an empty word.
		return text.length === 43 ? text : null;
	} catch {
		return null;
	}
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}

function file(): string {
	return join(dataFolder(), NAME);
}
