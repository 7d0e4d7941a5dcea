import { expect, test } from 'vitest';
import { plainText, readAnsi } from './ansi';
import { BLOCK, toBlocks, withoutLastEmpty } from './blocks';

const ESC = '\u001b';
const pieces = (codes: string) =>
	readAnsi(`${ESC}[${codes}mx${ESC}[0m`).map(({ classes, style }) => [classes, style]);

test.each([
	['31', [['ansi-red', '']]],
	['1;91', [['ansi-bright-red ansi-bold', '']]],
	['30;43', [['ansi-black ansi-yellow-back', '']]],
	['3;4;9', [['ansi-italic ansi-underline ansi-strikethrough', '']]],
	['38;5;1', [['ansi-red', '']]],
	['38;5;12', [['ansi-bright-blue', '']]],
	['38;5;208', [['', 'color: color-mix(in oklab, rgb(255, 135, 0) 45%, var(--ink))']]],
	['48;5;240', [['', 'background: color-mix(in oklab, rgb(88, 88, 88) 25%, transparent)']]],
	['38;2;1;2;3', [['', 'color: color-mix(in oklab, rgb(1, 2, 3) 45%, var(--ink))']]],
	['7;31', [['ansi-inverse', '']]]
])('code %s', (codes, expected) => {
	expect(pieces(codes)).toEqual(expected);
});

test('a code cannot bring in a style or a class of its own', () => {
	const [piece] = readAnsi(`${ESC}[38;2;1;2;3;url(x)mtext`);
	expect(piece?.style ?? '').not.toContain('url');
	expect(readAnsi('<b onclick=x>&amp;')).toEqual([
		{ text: '<b onclick=x>&amp;', classes: '', style: '' }
	]);
});

test('text without its codes', () => {
	expect(plainText(`a${ESC}[31mb${ESC}[0m`)).toBe('ab');
});

test('blocks keep their place when lines before them are folded away', () => {
	const lines = Array.from({ length: 120 }, (_, index) => `line ${index}`);
	const before = toBlocks(lines, 0);
	const after = toBlocks(lines.slice(10), 10);
	expect(before.map((block) => [block.number, block.lines])).toEqual([
		[0, 50],
		[1, 50],
		[2, 20]
	]);
	expect(after.map((block) => [block.number, block.lines])).toEqual([
		[0, 40],
		[1, 50],
		[2, 20]
	]);
	expect(after[1]).toEqual(before[1]);
	expect(toBlocks([...lines, 'more'], 0)[1]).toEqual(before[1]);
	expect(toBlocks([], 0)).toEqual([]);
	expect(BLOCK).toBe(50);
});

test('a block knows progress bars and colours', () => {
	expect(toBlocks([' 35%|███▌      | 35/100'], 0)[0]?.isBar).toBe(true);
	expect(toBlocks(['35% of a | b | c'], 0)[0]?.isBar).toBe(false);
	expect(toBlocks([`${ESC}[31mx${ESC}[0m`], 0)[0]?.isColoured).toBe(true);
});

test('the newline that ends a print is no line', () => {
	expect(withoutLastEmpty(['a', ''])).toEqual(['a']);
	expect(withoutLastEmpty([''])).toEqual(['']);
});
