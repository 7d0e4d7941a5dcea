import { expect, test } from 'vitest';
import { JupyterFailure } from '../jupyter/failure';
import { judge, limitsOf } from './starts';

test('ordinary starts are let in one for each core, forked ones more', () => {
	expect(limitsOf({}, 2)).toEqual({ light: 4, heavy: 2 });
	expect(limitsOf({ TUNINGFORK_STARTS: '7' }, 2)).toEqual({ light: 7, heavy: 7 });
	expect(limitsOf({ TUNINGFORK_STARTS: 'many' }, 2)).toEqual({ light: 4, heavy: 2 });
});

test('what passes is tried again, want of memory is waited for', () => {
	expect(judge(new JupyterFailure('kernel-silent', ''))).toBe('passing');
	expect(judge(new JupyterFailure('no-memory', ''))).toBe('no-memory');
	expect(judge(new JupyterFailure('no-python', ''))).toBe('lasting');
	expect(judge(new TypeError('a fault of ours'))).toBe('lasting');
});
