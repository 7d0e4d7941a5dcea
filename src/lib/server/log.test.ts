import { afterEach, expect, test, vi } from 'vitest';
import { logError } from './log';

const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
afterEach(() => said.mockClear());

test('an error that comes again and again is told once a minute, with how often', () => {
	const error = new Error('again');
	for (let number = 0; number < 100; number += 1) logError(error, '', number);
	expect(said).toHaveBeenCalledTimes(1);
	logError(error, '', 60_000);
	expect(said).toHaveBeenLastCalledWith(expect.stringContaining('(99 more of these before)'));
});

test('one of any length takes a few lines', () => {
	logError('x'.repeat(1_000_000), '', 0);
	expect(String(said.mock.lastCall?.[0]).length).toBeLessThan(5000);
});

test('errors of one kind are one, whatever each of them says', () => {
	for (let number = 0; number < 100; number += 1) logError(new Error(`${number}`), 'A kind.', 0);
	expect(said).toHaveBeenCalledTimes(1);
	expect(said).toHaveBeenLastCalledWith(expect.stringContaining('A kind. Error: 0'));
});

test('of errors that are all different, only the newest are remembered', () => {
	const tell = (number: number) => logError(`one ${number}`, '', 0);
	for (let number = 0; number < 1000; number += 1) tell(number);
	said.mockClear();
	tell(999);
	expect(said).not.toHaveBeenCalled();
	tell(0);
	expect(said).toHaveBeenCalledTimes(1);
});
