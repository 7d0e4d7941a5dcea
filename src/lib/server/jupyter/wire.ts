/** Bytes of a WebSocket frame ↔ a Jupyter message, in the plainest shape that `translate` needs. */
import { KernelMessage } from '@jupyterlab/services';
import { deserialize, serialize } from '@jupyterlab/services/lib/kernel/serialize.js';
import { PROTOCOL } from './socket';
import type { RawMessage } from './translate';

export interface Outgoing {
	readonly channel: 'shell' | 'stdin' | 'control';
	readonly type: string;
	readonly id: string;
	readonly session: string;
	readonly content: Readonly<Record<string, unknown>>;
	readonly metadata?: Readonly<Record<string, unknown>>;
	/** Which of the kernel's subshells it is for; absent: the main one. */
	readonly subshell?: string;
}

export function encode(message: Outgoing): ArrayBuffer {
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
	const frame = serialize(whole, PROTOCOL);
	if (typeof frame === 'string')
		throw new Error('The kernel protocol of the host is a binary one.');
	return frame;
}

export function decode(frame: ArrayBuffer): RawMessage {
	const { header, parent_header, metadata, content } = deserialize(frame, PROTOCOL);
	return {
		type: header.msg_type,
		parent: 'msg_id' in parent_header ? parent_header.msg_id : '',
		parentType: 'msg_type' in parent_header ? parent_header.msg_type : '',
		beside: 'subshell_id' in parent_header && typeof parent_header.subshell_id === 'string',
		tape: Number(metadata['tape']),
		content: content as Readonly<Record<string, unknown>>
	};
}
