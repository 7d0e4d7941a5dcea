/** A message as the bytes that the kernel host sends: kernel/host/wire.py, `frame`. */
import { deserialize } from '@jupyterlab/services/lib/kernel/serialize.js';
import { PROTOCOL } from '../../src/lib/server/jupyter/socket';
import type { Damage, Message } from './story';
import { toJson, type RunId } from './value';

const WORD = 8;

/** @param tape the number that the host gives it */
export function toFrame(message: Message, tape: number, run: RunId): ArrayBuffer {
	const { type, parent, parentType, beside } = message;
	const header = toJson({ msg_id: `m${tape}`, msg_type: type }, run);
	const cause = toJson(
		{ msg_id: parent, msg_type: parentType, ...(beside ? { subshell_id: 'sub' } : {}) },
		run
	);
	const metadata = numbered(toJson(message.metadata ?? {}, run), tape);
	const whole = joined(['iopub', header, cause, metadata, toJson(message.content, run)]);
	return message.damage ? damaged(whole, message.damage) : whole;
}

/** Is it a frame at all, with JSON in it? */
export function isReadable(frame: ArrayBuffer): boolean {
	try {
		deserialize(frame, PROTOCOL);
		return true;
	} catch {
		return false;
	}
}

/** The host does not read what the kernel says there; it puts its number in. */
function numbered(metadata: string, tape: number): string {
	const body = metadata.trim().slice(1, -1);
	return body.trim() ? `{${body},"tape":${tape}}` : `{"tape":${tape}}`;
}

function joined(parts: readonly string[]): ArrayBuffer {
	const pieces = parts.map((part) => Buffer.from(part, 'utf8'));
	const offsets = [WORD * (parts.length + 2)];
	for (const piece of pieces) offsets.push((offsets.at(-1) ?? 0) + piece.length);
	const table = Buffer.alloc(WORD * (offsets.length + 1));
	[offsets.length, ...offsets].forEach((word, at) =>
		table.writeBigUInt64LE(BigInt(word), WORD * at)
	);
	return bufferOf(Buffer.concat([table, ...pieces]));
}

function damaged(frame: ArrayBuffer, { kind, at, value }: Damage): ArrayBuffer {
	const bytes = Buffer.from(frame.slice(0));
	const place = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
	switch (kind) {
		case 'cut':
			return bufferOf(bytes.subarray(0, place));
		case 'flip':
			bytes[place] = value & 255;
			return bufferOf(bytes);
		case 'offset':
			bytes.writeUInt32LE(value, WORD * (1 + Math.floor(at * 6)));
			return bufferOf(bytes);
		case 'count':
			bytes.writeUInt32LE(value, 0);
			return bufferOf(bytes);
		case 'empty':
			return new ArrayBuffer(0);
	}
}

function bufferOf(bytes: Buffer): ArrayBuffer {
	const copy = new ArrayBuffer(bytes.length);
	new Uint8Array(copy).set(bytes);
	return copy;
}
