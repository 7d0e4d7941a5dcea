/** Is there room, and may we write? Asked before a long step, not found out in the middle of it. */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFull, readOnly } from './trouble.mjs';

/** Free megabytes for an ordinary user; null where the system does not say. @param {string} folder */
export function freeMegabytes(folder) {
	try {
		const { bavail, bsize } = statfsSync(folder);
		return (bavail * bsize) / 1e6;
	} catch {
		return null;
	}
}

/** @param {string} folder @param {string} step @param {number} needMb */
export function checkRoom(folder, step, needMb) {
	const free = freeMegabytes(folder);
	if (free !== null && free < needMb) throw diskFull(step, needMb, free);
}

/** @param {string} root */
export function checkWritable(root) {
	const folder = join(root, '.cache', 'setup');
	const probe = join(folder, `probe-${process.pid}`);
	try {
		mkdirSync(folder, { recursive: true });
		writeFileSync(probe, 'x');
		rmSync(probe);
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : '';
		throw code === 'ENOSPC' ? diskFull('set-up', 1, 0) : readOnly(root);
	}
}
