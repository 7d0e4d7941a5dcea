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
import type { Role } from './access';
import { dataFolder } from './paths';

/** Whom an invitation lets in that names nobody. */
export const LEARNER = 'me';
/** A name is part of a key and of a folder's path. */
const NAME = /^[a-z0-9-]{1,40}$/;

let secret: Buffer | null = null;

/** Who is asking. */
export interface Person {
	readonly learner: string;
	/** Alone it means nothing: there one person has all rights. */
	readonly role: Role;
}

export function samePerson(a: Person, b: Person): boolean {
	return a.learner === b.learner && a.role === b.role;
}

/** A key for the cookie: `<learner>.<random>.<signature>`, or `<learner>.teacher.<random>.<signature>`. */
export function makeKey({ learner, role }: Person): string {
	const parts = role === 'learner' ? [learner] : [learner, role];
	const body = [...parts, randomBytes(16).toString('base64url')].join('.');
	return `${body}.${sign(body)}`;
}

/** Whose key it is; `null` when it was not made here. */
export function readKey(key: string | undefined): Person | null {
	const cut = key?.lastIndexOf('.') ?? -1;
	if (!key || cut < 0) return null;
	const body = key.slice(0, cut);
	if (!same(key.slice(cut + 1), sign(body))) return null;
	const [learner = '', role, ...rest] = body.split('.');
	// Keys of learners, and those from before there were roles, name none.
	return { learner, role: role === 'teacher' && rest.length === 1 ? 'teacher' : 'learner' };
}

/** Uses an invitation up: whom it lets in. `null`: there is none of that name (any more). */
export function acceptInvite(invite: string): Person | null {
	return openInvite(invite, (file) => {
		const text = readFileSync(file, 'utf8');
		// Taking it away is what counts: of two who come with it, one fails here.
		unlinkSync(file);
		return text;
	});
}

/** Whom an invitation would let in. It stays good. */
export function peekInvite(invite: string): Person | null {
	return openInvite(invite, (file) => readFileSync(file, 'utf8'));
}

function openInvite(invite: string, read: (file: string) => string): Person | null {
	const name = createHash('sha256').update(invite).digest('hex');
	try {
		return invitedBy(read(join(dataFolder('invites'), name)));
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	}
}

function invitedBy(invitation: string): Person | null {
	const { learner = LEARNER, role = 'learner' } = JSON.parse(invitation) as {
		readonly learner?: unknown;
		readonly role?: unknown;
	};
	if (typeof learner !== 'string' || !NAME.test(learner)) return null;
	return role === 'learner' || role === 'teacher' ? { learner, role } : null;
}

/**
 * A name for this installation and learner that tells nothing: a browser keeps its drafts under it,
 * and two who share a browser must not find each other's.
 */
export function installName(learner: string): string {
	secret ??= readSecret();
	const hash = createHash('sha256').update('install').update(secret);
	if (learner !== LEARNER) hash.update(learner);
	return hash.digest('base64url').slice(0, 12);
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
