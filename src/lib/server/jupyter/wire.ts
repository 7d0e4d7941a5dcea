/** Bytes of a WebSocket frame ↔ a Jupyter message, in the plainest shape that `translate` needs. */
import { KernelMessage } from '@jupyterlab/services';
import { deserialize, serialize } from '@jupyterlab/services/lib/kernel/serialize.js';
import { isObject } from '../../notebook/foreign';
import { logError } from '../log';
import { type RawMessage, UNREADABLE } from './translate';

export interface Outgoing {
	readonly channel: 'shell' | 'stdin' | 'control';
	readonly type: string;
	readonly id: string;
	readonly session: string;
	readonly content: Content;
	readonly metadata?: Content;
	/** Which of the kernel's subshells it is for; absent: the main one. */
	readonly subshell?: string;
}

/** @param protocol the one agreed on; older servers have one without a name, of JSON */
export function encode(message: Outgoing, protocol: string): string | ArrayBuffer {
	const { header } = KernelMessage.createMessage<KernelMessage.IInfoRequestMsg>({
		msgType: 'kernel_info_request',
		channel: 'shell',
		session: message.session,
		msgId: message.id,
		content: {}
	});
	// `createMessage` knows each request by its own type; the bytes are the same for all of them.
	const whole = {
		channel: message.channel,
		header: {
			...header,
			msg_type: message.type,
			...(message.subshell === undefined ? {} : { subshell_id: message.subshell })
		},
		parent_header: {},
		metadata: message.metadata ?? {},
		content: message.content
	} as KernelMessage.IMessage;
	return serialize(whole, protocol);
}

/** `null`: it cannot be read. A kernel is a learner's own program and may send anything. */
export function decode(frame: string | ArrayBuffer, protocol: string): RawMessage | null {
	try {
		// Its type leaves out the text of the older protocol.
		const message = deserialize(frame as ArrayBuffer, protocol);
		return toRaw({
			header: objectOf(message.header),
			parent_header: objectOf(message.parent_header),
			metadata: objectOf(message.metadata),
			content: objectOf(message.content)
		});
	} catch (error) {
		logError(error, 'A message of a kernel could not be read.');
		return typeof frame === 'string' ? null : withoutContent(frame);
	}
}

/** The same message with nothing in it, if it says at least what it belongs to. */
function withoutContent(frame: ArrayBuffer): RawMessage | null {
	try {
		const view = new DataView(frame);
		const part = (index: number): unknown => {
			const [from, to] = [index, index + 1].map((n) =>
				Number(view.getBigUint64(8 * (n + 1), true))
			);
			return JSON.parse(new TextDecoder('utf8').decode(frame.slice(from, to)));
		};
		const [header, parent, metadata] = [part(1), part(2), part(3)].map(objectOf);
		if (!header || !parent || !metadata) return null;
		const raw = toRaw({ header, parent_header: parent, metadata, content: {} });
		return { ...raw, type: UNREADABLE };
	} catch (error) {
		logError(error, 'Nor can what it belongs to.');
		return null;
	}
}

/** In place of one that cannot be read: it has its number, and says nothing. */
export function unreadable(tape: number): RawMessage {
	return { type: '', parent: '', parentType: '', beside: false, tape, content: {} };
}

type Content = Readonly<Record<string, unknown>>;

/** A text is no object, although it could be copied into one: letter by letter, which takes its time. */
function objectOf(value: unknown): Content {
	return isObject(value) ? value : {};
}

/** The parts of a message, as they came. */
export interface Frame {
	readonly header: Content;
	readonly parent_header: Content;
	readonly metadata: Content;
	readonly content: Content;
}

export function toRaw({ header, parent_header: parent, metadata, content }: Frame): RawMessage {
	return {
		type: text(header['msg_type']),
		parent: text(parent['msg_id']),
		parentType: text(parent['msg_type']),
		beside: typeof parent['subshell_id'] === 'string',
		tape: numberOf(metadata['tape']),
		content
	};
}

/** Never throws: an object may bring a `toString` of its own that is no function. */
export function numberOf(value: unknown): number {
	return typeof value === 'number' ? value : Number.NaN;
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
