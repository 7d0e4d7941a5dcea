/** Addresses that let one browser in: the token is in the address, its hash is a file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} data @param {string} url @param {string} [learner] whom it lets in; nobody named: the one learner there is */
export function newAddress(data, url, learner) {
	const token = randomBytes(32).toString('base64url');
	const folder = join(data, 'invites');
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const name = createHash('sha256').update(token).digest('hex');
	writeFileSync(
		join(folder, name),
		JSON.stringify({ created: new Date().toISOString(), learner }),
		{
			mode: 0o600
		}
	);
	return `${url}/?invite=${token}`;
}
