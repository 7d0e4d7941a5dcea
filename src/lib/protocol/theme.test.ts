import { expect, test } from 'vitest';
import { toTheme } from './theme';

test('a choice is read back, anything else is no choice', () => {
	expect(toTheme('dark')).toBe('dark');
	expect(toTheme('light')).toBe('light');
	expect(toTheme('"><script>')).toBe('system');
	expect(toTheme(undefined)).toBe('system');
});
