import { expect, test } from 'vitest';
import { readOptions } from '../../scripts/start/options.mjs';

const usual = {
	port: 4321,
	host: '127.0.0.1',
	origin: null,
	open: false,
	setUp: true,
	isClass: false,
	walls: false,
	waived: false
};

function codeOf(args: readonly string[], env = {}): string | null {
	try {
		readOptions(args, env);
	} catch (error) {
		return (error as { words: { code: string } }).words.code;
	}
	return null;
}

test('nothing said: this computer only, port 4321', () => {
	expect(readOptions([], {})).toEqual(usual);
});

test('both spellings, and the environment, which the command line overrules', () => {
	expect(readOptions(['--port', '5000', '--open'], {})).toEqual({
		...usual,
		port: 5000,
		open: true
	});
	expect(readOptions(['--port=5000', '--no-setup'], {})).toEqual({
		...usual,
		port: 5000,
		setUp: false
	});
	expect(readOptions([], { TUNINGFORK_PORT: '6000' }).port).toBe(6000);
	expect(readOptions(['--port=5000'], { TUNINGFORK_PORT: '6000' }).port).toBe(5000);
});

test.each([['0'], ['65536'], ['-1'], ['4e3'], ['http'], ['']])('"%s" is not a port', (port) => {
	expect(codeOf([`--port=${port}`])).toBe('bad-port');
});

test('what it does not know it says, instead of ignoring it', () => {
	expect(codeOf(['--prot', '5000'])).toBe('bad-option');
	expect(codeOf(['--port'])).toBe('bad-option');
	expect(codeOf(['5000'])).toBe('bad-option');
});

test('listening on every network needs the address that people type', () => {
	expect(codeOf(['--host', '0.0.0.0'])).toBe('origin-needed');
	expect(() => readOptions(['--class', '--host', '0.0.0.0', '--port', '5000'], {})).toThrow(
		expect.objectContaining({
			words: expect.objectContaining({
				next: expect.stringContaining('npm start -- --class --port 5000 --host ')
			})
		})
	);
	expect(readOptions(['--host=0.0.0.0', '--origin=http://class:4321'], {})).toEqual({
		...usual,
		host: '0.0.0.0',
		origin: 'http://class:4321'
	});
});
