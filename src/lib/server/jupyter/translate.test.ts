import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KernelMessage } from './port';
import { type RawMessage, translate } from './translate';

interface Example {
	readonly name: string;
	readonly in: RawMessage;
	readonly out: KernelMessage | null;
}

const examples = JSON.parse(
	readFileSync(new URL('./translate.examples.json', import.meta.url), 'utf8')
) as readonly Example[];

test.each(examples)('$name', ({ in: raw, out }) => {
	expect(translate(raw)).toEqual(out);
});

test('garbage in every field becomes empty values, not an exception', () => {
	const types = examples.map((example) => example.in.type);
	const odd = [null, 7, 'text', [], { data: 3, traceback: [1], payload: [null], transient: [] }];
	for (const type of types)
		for (const value of odd) {
			const content = {
				...Object(value),
				text: value,
				data: value,
				traceback: value,
				payload: value
			};
			const raw = {
				type,
				parent: 'e1',
				parentType: 'execute_request',
				beside: false,
				tape: 1,
				content
			};
			expect(() => translate(raw)).not.toThrow();
		}
});
