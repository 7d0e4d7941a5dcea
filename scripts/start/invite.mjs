/** Addresses that let one browser in: the token is in the address, its hash is a file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} data @param {string} url
 * @param {string} [learner] whom it lets in; nobody named: the one learner there is
 * @param {'learner' | 'teacher'} [role] matters in a class
 */
export function newAddress(data, url, learner, role) {
	const token = randomBytes(32).toString('base64url');
	const folder = join(data, 'invites');
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const name = createHash('sha256').update(token).digest('hex');
	const invitation = { created: new Date().toISOString(), learner, role };
	writeFileSync(join(folder, name), JSON.stringify(invitation), { mode: 0o600 });
	return `${url}/?invite=${token}`;
}
