import { expect, test } from 'vitest';
import { localPath } from './local';

const HOME = 'http://127.0.0.1:4321';

test.each([
	['/lessons/a?x=1', '/lessons/a?x=1'],
	['//evil.example/x', '/evil.example/x'],
	['/.//evil.example', '/evil.example'],
	['/%2e//evil.example', '/evil.example'],
	['/..//..//evil.example', '/evil.example'],
	['/\\evil.example', '/evil.example'],
	['/\\/\\//evil.example?a=//b', '/evil.example?a=//b'],
	['/\t/evil.example', '/evil.example'],
	['/\n\\evil.example', '/evil.example'],
	['/%5cevil.example', '/%5cevil.example'],
	['/%2f/evil.example', '/%2f/evil.example'],
	['//user@evil.example:99/', '/user@evil.example:99/'],
	['/javascript:alert(1)', '/javascript:alert(1)']
])('%j leads to %j, on this server', (path, expected) => {
	const location = localPath(new URL(HOME + path));
	expect(location).toBe(expected);
	expect(new URL(location, HOME).origin).toBe(HOME);
});
