/**
 * This installation's secret, and the keys made from it.
 *
 * A browser that comes with an invitation gets a key: who it is, signed with the secret. Nothing
 * about it is stored, so it stays good when the web process is restarted, and it is worthless to
 * another installation.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from './paths';

/** Whom an invitation lets in that names nobody. */
export const LEARNER = 'me';
/** A name is part of a key and of a folder's path. */
const NAME = /^[a-z0-9-]{1,40}$/;

let secret: Buffer | null = null;

/** A key for the cookie: `<learner>.<random>.<signature>`. */
export function makeKey(learner: string): string {
	const body = `${learner}.${randomBytes(16).toString('base64url')}`;
	return `${body}.${sign(body)}`;
}

/** The learner a key belongs to; `null` when it was not made here. */
export function readKey(key: string | undefined): string | null {
	const cut = key?.lastIndexOf('.') ?? -1;
	if (!key || cut < 0) return null;
	const body = key.slice(0, cut);
	if (!same(key.slice(cut + 1), sign(body))) return null;
	return body.slice(0, body.indexOf('.'));
}

/** Uses an invitation up: the learner it lets in. `null`: there is none of that name (any more). */
export function acceptInvite(invite: string): string | null {
	const name = createHash('sha256').update(invite).digest('hex');
	const file = join(dataFolder('invites'), name);
	try {
		const text = readFileSync(file, 'utf8');
		// Taking it away is what counts: of two who come with it, one fails here.
		unlinkSync(file);
		return learnerOf(text);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	}
}

function learnerOf(invitation: string): string | null {
	const { learner } = JSON.parse(invitation) as { readonly learner?: unknown };
	if (learner === undefined) return LEARNER;
	return typeof learner === 'string' && NAME.test(learner) ? learner : null;
}

/** A name for this installation that tells nothing: a browser keeps its drafts under it. */
export function installName(): string {
	secret ??= readSecret();
	return createHash('sha256').update('install').update(secret).digest('base64url').slice(0, 12);
}

function sign(body: string): string {
	secret ??= readSecret();
	return createHmac('sha256', secret).update(body).digest('base64url');
}

function same(a: string, b: string): boolean {
	const left = Buffer.from(a);
	const right = Buffer.from(b);
	return left.length === right.length && timingSafeEqual(left, right);
}

function readSecret(): Buffer {
	const file = join(dataFolder(), 'secret');
	try {
		const found = readFileSync(file);
		if (found.length === 32) return found;
		throw new Error(`${file} is damaged. Delete it and open a fresh address.`);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
		return writeSecret(file);
	}
}

function writeSecret(file: string): Buffer {
	const fresh = randomBytes(32);
	const handle = openSync(file, 'wx', 0o600);
	try {
		writeSync(handle, fresh);
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
	return fresh;
}
