import { expect, test } from 'vitest';
import { PROTOCOL } from '../../src/lib/server/jupyter/socket';
import { decode } from '../../src/lib/server/jupyter/wire';
import { isReadable, toFrame } from './bytes';
import type { Message } from './story';

const MESSAGE: Message = {
	do: 'message',
	type: 'stream',
	parent: { $run: 1 },
	parentType: 'execute_request',
	content: { text: { $repeat: ['ab', 2] } }
};
const run = (back: number) => `cell.${back}`;

test('a frame is read as what it says, with the number of the host', () => {
	expect(decode(toFrame({ ...MESSAGE, metadata: { tape: 99 } }, 7, run), PROTOCOL)).toEqual({
		type: 'stream',
		parent: 'cell.1',
		parentType: 'execute_request',
		beside: false,
		tape: 7,
		content: { text: 'abab' }
	});
});

test('a text or a list in the place of an object says nothing', () => {
	for (const content of [{ $repeat: ['x', 5] }, ['x'], null, 7, true])
		expect(decode(toFrame({ ...MESSAGE, content }, 1, run), PROTOCOL)?.content).toEqual({});
});

test('what is no JSON is no frame that can be read', () => {
	expect(isReadable(toFrame(MESSAGE, 1, run))).toBe(true);
	expect(isReadable(toFrame({ ...MESSAGE, content: { $json: 'NaN' } }, 1, run))).toBe(false);
	const damage = { kind: 'cut', at: 0.5, value: 0 } as const;
	expect(isReadable(toFrame({ ...MESSAGE, damage }, 1, run))).toBe(false);
});
