/**
 * The full text of every stream output, as files: what the page folds away is still all there.
 *
 * A piece is written at its own offset, so writing it again after a crash changes nothing.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync, constants } from 'node:fs';
import { join } from 'node:path';
import { JournalFailure } from './journal';

export interface TextPiece {
	readonly execution: string;
	/** The output's key in its cell. */
	readonly key: number;
	/** Where the piece begins, in bytes. */
	readonly offset: number;
	readonly text: string;
}

export interface Texts {
	/** @throws JournalFailure when it could not be written */
	write(piece: TextPiece): void;
	/** Removes the texts of earlier runs of a cell, once a new run has begun. */
	keepOnly(cell: string, execution: string): void;
	path(execution: string, key: number): string;
}

export function openTexts(folder: string): Texts {
	const folderOf = (execution: string) =>
		join(folder, execution.slice(0, execution.lastIndexOf('.')));
	const path = (execution: string, key: number) =>
		join(folderOf(execution), `${execution}-${key}.txt`);
	return {
		path,
		write(piece) {
			try {
				mkdirSync(folderOf(piece.execution), { recursive: true, mode: 0o700 });
				writePiece(path(piece.execution, piece.key), piece);
			} catch (error) {
				if (!(error instanceof Error)) throw error;
				throw new JournalFailure('code' in error && error.code === 'ENOSPC', error.message);
			}
		},
		keepOnly(cell, execution) {
			for (const name of listFolder(join(folder, cell))) {
				if (!name.startsWith(`${execution}-`)) rmSync(join(folder, cell, name), { force: true });
			}
		}
	};
}

function writePiece(path: string, piece: TextPiece): void {
	const file = openSync(path, constants.O_CREAT | constants.O_WRONLY, 0o600);
	try {
		writeAll(file, Buffer.from(piece.text, 'utf8'), piece.offset);
	} finally {
		closeSync(file);
	}
}

function writeAll(file: number, bytes: Buffer, offset: number): void {
	let done = 0;
	while (done < bytes.length)
		done += writeSync(file, bytes, done, bytes.length - done, offset + done);
}

function listFolder(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
		throw error;
	}
}
