import { expect, test } from 'vitest';
import { follow, join } from './join';

test.each([
	['nothing else changed', 'a = 1', 'a = 12', 'a = 1', 'a = 12'],
	['a line was added elsewhere', 'a = 1', 'a = 12', 'import os\na = 1', 'import os\na = 12'],
	['both at one place', 'a = ', 'a = 1', 'a = 2', 'a = 21'],
	['all was replaced here', 'a\nb', 'c', 'a\nb\nd', 'c\nd'],
	['all was emptied here', 'a\nb', '', 'a\nb', ''],
	['all was replaced there', 'a\nb', 'a!\nb', 'other', 'other!'],
	['the same was typed before', 'a', 'ab', 'ab', 'ab'],
	['a part of it was typed before, which is there twice then', 'a', 'abc', 'ab', 'abbc']
])('joins what was typed when %s', (_, base, typed, now, joined) => {
	expect(join(base, typed, now)).toBe(joined);
});

test('a place moves with the text around it', () => {
	expect(follow('a = 1', 'import os\na = 1', 5)).toBe(15);
	expect(follow('a = 1', 'a = 1', 99)).toBe(5);
});
