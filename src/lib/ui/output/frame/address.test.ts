import { expect, test } from 'vitest';
import { toTarget } from './address';

test.each([
	['https://a.example/b?c#d', { kind: 'web', href: 'https://a.example/b?c#d', host: 'a.example' }],
	['http:evil.example', { kind: 'web', href: 'http://evil.example/', host: 'evil.example' }],
	['https://good.example@evil.example/', { kind: 'web', host: 'evil.example' }],
	['a/b%20c.csv?x#y', { kind: 'file', path: 'a/b c.csv' }],
	['././100%.csv', { kind: 'file', path: '100%.csv' }]
])('%s leads there', (address, target) => {
	expect(toTarget(address)).toMatchObject(target);
});

test.each([
	'javascript:alert(1)',
	'data:text/html,x',
	'file:///etc/passwd',
	'blob:https://a.example/1',
	'//evil.example/a',
	'\\\\evil.example\\a',
	'a\\b',
	'/etc/passwd',
	'%2fetc/passwd',
	'../secret',
	'a/../../secret',
	'a/%2e%2e/%2e%2e/secret',
	'',
	'#top'
])('%s is told, and leads nowhere', (address) => {
	expect(toTarget(address)).toEqual({ kind: 'other', text: address });
});
