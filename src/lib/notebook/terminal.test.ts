import { describe, expect, test } from 'vitest';
import { EMPTY_SCREEN, HEAD, TAIL, lineCount, patchScreen, type Screen } from './screen';
import { writeScreen } from './terminal';

function write(...texts: readonly string[]): Screen {
	return texts.reduce(
		(screen, text) => patchScreen(screen, writeScreen(screen, text)),
		EMPTY_SCREEN
	);
}

function shown(screen: Screen): readonly string[] {
	return [...screen.head, ...screen.tail];
}

const NUMBERED = Array.from({ length: 100_000 }, (_, index) => `line ${index}`);

describe('plain text', () => {
	test('lines end where the newline is', () => {
		expect(shown(write('a\nb'))).toEqual(['a', 'b']);
	});

	test('a line may arrive in pieces', () => {
		expect(shown(write('ab', 'c\nd', 'e\n'))).toEqual(['abc', 'de', '']);
	});

	test('only the first and last lines of a flood are kept, the rest is counted', () => {
		const screen = write(NUMBERED.join('\n'));
		expect(screen.head).toEqual(NUMBERED.slice(0, HEAD));
		expect(screen.tail).toEqual(NUMBERED.slice(-TAIL));
		expect(lineCount(screen)).toBe(100_000);
	});

	test('a flood in pieces of any size gives the same screen', () => {
		const text = NUMBERED.slice(0, 5000).join('\n');
		for (const size of [7, 1000, 11_111]) {
			const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
			expect(write(...pieces)).toEqual(write(text));
		}
	});

	test('counts bytes, not characters', () => {
		expect(write('é\n').bytes).toBe(3);
	});

	test('a patch of a flood holds no more than can be shown', () => {
		const patch = writeScreen(EMPTY_SCREEN, NUMBERED.join('\n'));
		expect(patch.lines.length + patch.rest.length).toBe(HEAD + TAIL);
	});
});

describe('control characters', () => {
	test.each([
		['carriage return overwrites', 'abc\rX', ['Xbc']],
		['carriage return and newline', 'abc\r\nd', ['abc', 'd']],
		['backspace', 'abc\b\bX', ['aXc']],
		['erase to the end', 'abcdef\r\u001b[3C\u001b[K', ['abc']],
		['erase the line', 'abc\u001b[2K\rx', ['x']],
		[
			'cursor up and down, as nested tqdm does',
			'outer\ninner\u001b[A\rOUTER\n\rINNER',
			['OUTER', 'INNER']
		],
		['column', 'abc\u001b[2GX', ['aXc']],
		['clear the screen', 'a\nb\u001b[2Jc', ['c']],
		['padding past the end', 'a\u001b[3Cb', ['a   b']],
		['unknown sequences vanish', 'a\u001b[?25lb\u001b]8;;http://x\u0007c', ['abc']],
		['bell and other controls vanish', 'a\u0007b\u0000c', ['abc']],
		['tab is kept', 'a\tb', ['a\tb']]
	])('%s', (_, text, lines) => {
		expect(shown(write(text))).toEqual(lines);
		expect(shown(write(...text))).toEqual(lines);
	});

	test('a progress bar leaves one line', () => {
		const frames = Array.from(
			{ length: 100 },
			(_, i) => `\r${String(i + 1).padStart(3)}%|${'█'.repeat(i / 10)}`
		);
		expect(shown(write(...frames, '\n'))).toEqual([`100%|${'█'.repeat(9)}`, '']);
	});

	test('a cursor cannot climb into lines that are no longer kept', () => {
		const screen = write(NUMBERED.join('\n'), `\u001b[${200_000}A\rTOP`);
		expect(screen.tail[0]).toBe(`TOP${NUMBERED.at(-TAIL)?.slice(3) ?? ''}`);
		expect(screen.head[0]).toBe('line 0');
	});
});

describe('colours', () => {
	test('a colour is closed at the end of each piece', () => {
		expect(shown(write('\u001b[31mred\u001b[0m plain'))).toEqual(['\u001b[31mred\u001b[0m plain']);
	});

	test('a colour goes on over lines', () => {
		expect(shown(write('\u001b[1;32ma\nb\u001b[0mc'))).toEqual([
			'\u001b[1;32ma\u001b[0m',
			'\u001b[1;32mb\u001b[0mc'
		]);
	});

	test('a later colour replaces an earlier one', () => {
		expect(write('\u001b[31m\u001b[38;5;208m\u001b[1m').cursor.style).toBe('38;5;208;1');
	});

	test('overwriting keeps the colours around it', () => {
		expect(shown(write('\u001b[31mabc\u001b[0m\r\u001b[1CX'))).toEqual([
			'\u001b[31ma\u001b[0mX\u001b[31mc\u001b[0m'
		]);
	});
});
