import { expect, test } from 'vitest';
import { toTarget } from './address';
import { readMessage } from './message';

test.each([
	{ type: 'ready' },
	{ type: 'shown', fault: null },
	{ type: 'height', height: 12.5 },
	{ type: 'pong', number: 1, acts: 0 },
	{ type: 'link', address: 'https://example.org' },
	{ type: 'refused', what: 'img-src', address: 'https://example.org/x.png' }
])('$type is understood', (message) => {
	expect(readMessage({ ...message, more: 1 })).toEqual(message);
});

test.each([
	[null],
	['ready'],
	[{ type: 'height', height: Infinity }],
	[{ type: 'height', height: '12' }],
	[{ type: 'pong', number: 1 }],
	[{ type: 'link', address: '' }],
	[{ type: 'link', address: 'x'.repeat(2001) }],
	[{ type: 'link', address: ['x'] }],
	[{ type: 'refused', address: 'x' }],
	[{ type: 'toString' }]
])('%j is not', (message) => {
	expect(readMessage(message)).toBeNull();
});

test('what went wrong is told in a few words', () => {
	expect(readMessage({ type: 'shown', fault: 'x'.repeat(1e6) })).toEqual({
		type: 'shown',
		fault: 'x'.repeat(2000)
	});
});

test.each([
	[
		'https://example.org/a?b#c',
		{ kind: 'web', href: 'https://example.org/a?b#c', host: 'example.org' }
	],
	['results/a%20b.csv?x', { kind: 'file', path: 'results/a b.csv' }],
	['./a.csv', { kind: 'file', path: 'a.csv' }],
	['100%.csv', { kind: 'file', path: '100%.csv' }]
])('%s leads somewhere', (address, target) => {
	expect(toTarget(address)).toEqual(target);
});

test.each([
	'javascript:alert(1)',
	'data:text/html,x',
	'file:///etc/passwd',
	'//example.org',
	'/lessons/x',
	'../x',
	'%2e%2e/x',
	'a/%2e%2e/%2e%2e/x',
	'..\\x',
	'?'
])('%s leads nowhere', (address) => {
	expect(toTarget(address).kind).toBe('other');
});
