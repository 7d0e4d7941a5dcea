/** What a link sends again when the way to its kernel was cut. */
import { expect, test } from 'vitest';
import type { ChannelEvents, KernelChannel } from './channel';
import { Link } from './link';
import type { RawMessage } from './translate';
import type { Outgoing } from './wire';

const EXECUTION = 'one.a';

/** A link to a kernel that says what it is told to, and what is sent to that kernel. */
function open() {
	const sent: Outgoing[] = [];
	let events: ChannelEvents | undefined;
	const channel = (given: ChannelEvents): KernelChannel => {
		events = given;
		return {
			open: () => Promise.resolve(),
			reachable: () => Promise.resolve(),
			send: (message) => sent.push(message),
			ack: () => undefined,
			renew: () => Promise.resolve(),
			close: () => undefined,
			end: () => undefined
		};
	};
	const link = new Link({
		way: { settings: {} as never },
		kernel: 'k',
		started: null,
		listener: { message: () => undefined, lost: () => undefined },
		channel,
		onEnd: () => undefined
	});
	let tape = 0;
	const say = (type: string, content: RawMessage['content'] = {}) => {
		tape += 1;
		const about = { parent: EXECUTION, parentType: 'execute_request', beside: false };
		events?.message({ type, content, tape, ...about });
	};
	const reopen = (lost: 'all' | 'answers') => {
		sent.length = 0;
		events?.reopened?.(lost);
		return sent.map(({ type, content }) => content['value'] ?? type);
	};
	return { link, say, reopen, sent };
}

/** A kernel that has asked, and was answered. */
function answered() {
	const opened = open();
	opened.link.execute(EXECUTION, 'input()');
	opened.say('input_request');
	opened.link.answer(EXECUTION, 1, 'Ada');
	return { ...opened, id: opened.sent.at(-1)?.id };
}

test('a request is sent again until something is heard of it', () => {
	const { link, say, reopen } = open();
	link.execute(EXECUTION, '1');
	expect(reopen('answers')).toEqual([]);
	expect(reopen('all')).toEqual(['execute_request']);
	say('status', { execution_state: 'busy' });
	expect(reopen('all')).toEqual([]);
});

test('an answer is sent again under its name, whatever else the cell says', () => {
	const { say, reopen, sent, id } = answered();
	say('stream', { name: 'stdout', text: 'from another thread' });
	say('status', { execution_state: 'busy' });
	expect(reopen('all')).toEqual(['Ada']);
	expect(reopen('answers')).toEqual(['Ada']);
	expect(sent[0]?.id).toBe(id);
});

test.each([
	['the kernel has it', 'tuningfork_answered', {}],
	['it asks again', 'input_request', {}],
	['the cell is over', 'status', { execution_state: 'idle' }],
	['the kernel has died', 'tuningfork_died', {}]
])('an answer is not sent again when %s', (_why, type, content) => {
	const { say, reopen } = answered();
	say(type, content);
	expect(reopen('all')).toEqual([]);
});
