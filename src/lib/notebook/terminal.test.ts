import { describe, expect, test } from 'vitest';
import {
	CUT_MARK,
	EMPTY_SCREEN,
	HEAD,
	hasCut,
	isCut,
	LINE_LIMIT,
	TAIL,
	TAIL_LETTERS,
	lineCount,
	patchScreen,
	type Screen
} from './screen';
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

describe('what a hostile text can do', () => {
	const long = 'x'.repeat(LINE_LIMIT);

	test.each([
		['forward', '\u001b[999999999Cx'],
		['to a column', '\u001b[999999999Gx'],
		['more digits than a number has', `\u001b[${'9'.repeat(400)}Cx\u001b[${'9'.repeat(200)}Bx`],
		['again and again', '\u001b[20000Cx'.repeat(2000)],
		['on short lines below a long one', `\n\n\n${long}\u001b[A.\u001b[A.`],
		['sent back and forth', `\n\n${long}\r\u001b[20000C\u001b[A\u001b[20000C.`]
	])('a cursor that is moved far, %s, stays within the line', (_, text) => {
		const screen = write(text);
		expect(screen.cursor.column).toBeLessThanOrEqual(LINE_LIMIT);
		for (const line of shown(screen)) expect(line.length).toBeLessThanOrEqual(LINE_LIMIT + 1);
	});

	test('a style takes no more room than a style needs', () => {
		const texts = [
			`\u001b[${'38;'.repeat(5000)}m`,
			'\u001b[38;5m\u001b[48;1;1m',
			'\u001b[38;?5;x9m'
		];
		expect(write(...texts, ...texts, '\u001b[38;5;999m').cursor.style).toBe('');
		const all = '\u001b[1;3;4;7;9;38;2;255;255;255;48;2;255;255;255m';
		expect(write(all.repeat(50)).cursor.style.length).toBeLessThan(50);
	});

	test('lines that are very long are fewer', () => {
		const screen = write(`${long}\n`.repeat(2000));
		expect(screen.tail.join('').length).toBeLessThanOrEqual(TAIL_LETTERS);
		expect(lineCount(screen)).toBe(2001);
		expect(write(`${long}\u001b[0m\n`.repeat(2000)).tail).toHaveLength(screen.tail.length);
	});

	test('a text is taken in pieces as if it had come in pieces', () => {
		const codes = [
			'\u001b[31m',
			'\u001b[0m',
			'\r',
			'\n',
			'\u001b[2A',
			'\u001b[K',
			'\u001b]8;;x\u0007',
			'\b',
			'😀'
		];
		let seed = 7;
		const next = () => (seed = (seed * 48_271) % 2_147_483_647);
		const words = Array.from({ length: 30_000 }, () => codes[next() % 12] ?? `w${next() % 100}`);
		const whole = write(words.join(''));
		const pieces = words.join('').match(/[^]{1,9999}/gu) ?? [];
		expect(shown(write(...pieces))).toEqual(shown(whole));
		expect(write(...pieces).cursor).toEqual(whole.cursor);
	});

	test('a cursor whose line was let go is in the first line that is left', () => {
		const away = { ...write(NUMBERED.join('\n')), cursor: { ...EMPTY_SCREEN.cursor, row: 3 } };
		const screen = patchScreen(away, writeScreen(away, 'TOP\u001b[K'));
		expect(screen.tail[0]).toBe('TOP');
		expect(screen.head).toEqual(away.head);
	});
});

describe('what is cut shows it', () => {
	test.each([
		['plain', 'x'.repeat(LINE_LIMIT + 1)],
		['in colour', `\u001b[31m${'x'.repeat(LINE_LIMIT + 1)}`],
		['written over', `\r\r${'x'.repeat(110_000)}`],
		['between others', `a\n${'x'.repeat(110_000)}\nb`]
	])('a line that is too long, %s', (_, text) => {
		const screen = write(text);
		expect(hasCut(screen)).toBe(true);
		expect(shown(screen).filter(isCut)).toHaveLength(1);
		expect(
			shown(screen)
				.find(isCut)
				?.endsWith(`x${text.includes('[31m') ? '\u001b[0m' : ''}${CUT_MARK}`)
		).toBe(true);
		expect(hasCut(write(text, 'more', '\n', 'and more'))).toBe(true);
	});

	test('in pieces of any size', () => {
		const text = 'x'.repeat(LINE_LIMIT + 500);
		for (const size of [250, LINE_LIMIT - 1, LINE_LIMIT]) {
			const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
			expect(shown(write(...pieces))).toEqual(shown(write(text)));
		}
	});

	test('no longer when it has been erased, and not when it only ends like one', () => {
		const text = 'x'.repeat(LINE_LIMIT + 1);
		expect(hasCut(write(text, '\r\u001b[K'))).toBe(false);
		expect(hasCut(write('x'.repeat(LINE_LIMIT)))).toBe(false);
		expect(hasCut(write(`\u001b[31m${'x\u001b[31m'.repeat(5000)}\u001b[0m${CUT_MARK}`))).toBe(
			false
		);
	});

	test('a pair of surrogates is not cut in two', () => {
		for (const text of [
			`x${'😀'.repeat(LINE_LIMIT)}`,
			`\r\rx${'😀'.repeat(LINE_LIMIT)}`,
			'😀😀\r\u001b[1Cx\u001b[Cy'
		])
			expect(shown(write(text)).every((line) => line.isWellFormed())).toBe(true);
	});
});

describe('a sequence that is never closed', () => {
	test('takes nothing with it but its ESC', () => {
		expect(shown(write('a\u001b]8;;http://x b\n', 'c\n'))).toEqual(['a]8;;http://x b', 'c', '']);
		expect(shown(write('\u001b]0;title \u001b[31mred\n'))).toEqual([
			']0;title \u001b[31mred\u001b[0m',
			''
		]);
	});

	test('is given up when it is too long', () => {
		const screen = write('\u001b]8;;', 'y'.repeat(5000), '\u001b[', '1'.repeat(5000));
		expect(screen.cursor.pending).toBe('');
		expect(shown(screen)[0]).toBe(`]8;;${'y'.repeat(5000)}[${'1'.repeat(5000)}`);
	});

	test('one that comes in pieces is still one', () => {
		const link = 'a\u001b]8;;http://x\u001b\\b\u001b]8;;\u0007c\u001b(Bd';
		expect(shown(write(link))).toEqual(['abcd']);
		expect(shown(write(...link))).toEqual(['abcd']);
	});
});

test('no code, and no cursor of an old journal, leads further right than a terminal is wide', () => {
	const moved = writeScreen(EMPTY_SCREEN, '\u001b[999999999C');
	expect(moved.cursor.column).toBe(500);
	for (const column of [9000, 9e9]) {
		const far = { ...EMPTY_SCREEN.cursor, column };
		const { lines } = writeScreen({ ...EMPTY_SCREEN, cursor: far }, 'x');
		expect(lines.join('').length).toBeLessThan(502);
	}
});
