/**
 * The Python files that a foreign kernel needs, packed in pieces that fit through any server: our
 * package with its two tiny models, and what makes a kernel one of ours. About 6 MB, sent once to each
 * home there; the digest says whether they are there already.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Characters. Servers take messages of at most 10 MB; small ones keep the connection answering. */
const PIECE = 1024 ** 2;
/** Below the folder `kernel`; whole trees, or the files of a folder alone. */
const TREES = ['tuningfork', 'host/inside', 'host/elsewhere'];
const FOLDERS = ['host'];

export interface Parcel {
	/** Of the files' contents: equal if and only if they are. */
	readonly digest: string;
	/** Base64, in order. */
	pieces(): readonly string[];
}

let last: { readonly folder: string; readonly parcel: Parcel } | null = null;

/** Read once: a new version of the app is a new process. */
export function parcelOf(kernelFolder: string): Parcel {
	if (last?.folder !== kernelFolder) last = { folder: kernelFolder, parcel: pack(kernelFolder) };
	return last.parcel;
}

function pack(folder: string): Parcel {
	const paths = [
		...TREES.flatMap((name) => filesOf(folder, name, true)),
		...FOLDERS.flatMap((name) => filesOf(folder, name, false))
	].toSorted();
	const hash = createHash('sha256');
	for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(folder, path)));
	const digest = hash.digest('hex').slice(0, 24);
	let made: readonly string[] | null = null;
	return { digest, pieces: () => (made ??= cut(folder, paths)) };
}

function filesOf(folder: string, name: string, deep: boolean): readonly string[] {
	return readdirSync(join(folder, name), { withFileTypes: true }).flatMap((entry) => {
		const path = `${name}/${entry.name}`;
		if (entry.isDirectory()) return deep && !isCache(entry.name) ? filesOf(folder, path, true) : [];
		return entry.isFile() ? [path] : [];
	});
}

function isCache(name: string): boolean {
	return name === '__pycache__' || name.startsWith('.');
}

function cut(folder: string, paths: readonly string[]): readonly string[] {
	const files = paths.map((path) => [path, readFileSync(join(folder, path), 'base64')]);
	const text = gzipSync(JSON.stringify(Object.fromEntries(files))).toString('base64');
	return Array.from({ length: Math.ceil(text.length / PIECE) }, (_, i) =>
		text.slice(i * PIECE, (i + 1) * PIECE)
	);
}
