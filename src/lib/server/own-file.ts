/**
 * A file of the learner's own, out of the folder that their cells work in. Kernels write that folder and
 * may put links into it; none is followed, for the web process may read more than a kernel.
 */
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Bytes; what is larger is fetched in another way. */
export const LARGEST = 1024 ** 3;

/** What opening says of a name that leads to no file that may be had. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG', 'ENXIO']);

export interface OwnFile {
	readonly handle: FileHandle;
	readonly size: number;
}

/**
 * @param folder where the learner's cells work
 * @param path below it, as a link names it
 * @returns `null` if there is no such file, or it is not theirs to have
 */
export async function openOwnFile(folder: string, path: string): Promise<OwnFile | null> {
	const parts = path.split('/');
	if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\\]/.test(part))) {
		return null;
	}
	const root = await realpath(folder);
	const wanted = join(root, ...parts);
	// On Windows both flags are undefined, which counts as nothing; a pipe would be waited for without one.
	const handle = await open(wanted, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code))) return null;
		throw error;
	});
	if (!handle) return null;
	const about = await handle.stat();
	if (about.isFile() && (await isAt(handle, wanted))) return { handle, size: about.size };
	await handle.close();
	return null;
}

/** Is what was opened the file of this name, and not one that a folder of that name led to? */
async function isAt(handle: FileHandle, wanted: string): Promise<boolean> {
	// Linux tells it of the open file, which nobody can exchange any more; elsewhere no kernel is kept
	// apart from the web process, and the name is enough.
	const name =
		process.platform === 'linux' ? ['', 'proc', 'self', 'fd', handle.fd].join(sep) : wanted;
	return (await realpath(name).catch(() => null)) === wanted;
}
