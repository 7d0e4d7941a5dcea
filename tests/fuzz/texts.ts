/** Names, letters and numbers as nobody would choose them, and what a terminal is sent. */
import type { Dice } from './dice';
import type { Value } from './value';

/** Names that plain objects have of themselves, or that a language or library takes for a sign. */
export const NAMES = [
	...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'],
	...['then', 'toJSON', 'length', 'isPrototypeOf', '__defineGetter__', 'name', 'key', 'id'],
	...['', ' ', '0', '-1', '1e3', 'null', 'undefined', 'NaN', '[object Object]', '$', '$$', '~'],
	...['a.b', 'a[0]', "a'b", 'a"b', 'a\\b', '../..', '/', 'ä', '\u0000', '\n', '\u2028', '\ufeff'],
	...['\ud800', '\udfff', '\u202e', '\u200d', '👩‍👩‍👧', 'e\u0301', 'n'.repeat(2000)]
];

export const NUMBERS: readonly Value[] = [
	...([0, -1, 1, 0.5, -0.1, 20_000, 20_001, 65_536, 999_999_999] as const),
	...([2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, 1e-300, 1.7e308, 5e-324] as const),
	...([{ $json: '1e999' }, { $json: '-1e999' }, { $json: '-0' }] as const),
	{ $json: '123456789012345678901234567890' }
];

const LETTERS: readonly string[] = [
	...['\ud83d', '\ude00', '😀', '\u0301', '\u202e', '\u2066', '\u200b', '\ufffd', '\uffff'],
	...['\u0000', '\u0007', '\u000b', '\u000c', '\u007f', '\u0085', '\u009b', '\u2028', '\b', '\t'],
	...['<script>', '</script>', '<!--', ']]>', '&amp;', '${', '{{', '%s', '\\u0000', '漢字', 'ﷺ']
];

const WORDS: readonly string[] = [
	...['loss', ' 0.25', 'step 1', ' ', '\n', '\n', '\r', 'Epoch', '█████▌  ', ' 10%|', 'it/s'],
	...['https://example.org/a?b=c', "<class 'int'>", '---> 1 x', 'File "<cell>", line 1']
];

const COUNTS: readonly string[] = [
	...['', '0', '1', '2', '5', '38', '48', '79', '80', '199', '200', '1000', '1200', '19999'],
	...['20000', '20001', '40001', '65535', '100000', '536870912', '999999999', '2147483648'],
	...['18446744073709551616', '9'.repeat(400), '-1', '?25', '1.5', '00001']
];

const FINALS = '@ABCDEFGHIJKLMPSTXZ`abcdefghilmnpqrstux~{|}';

export function word(dice: Dice): string {
	return dice.pick(WORDS);
}

export function name(dice: Dice): string {
	return dice.pick(NAMES);
}

/** What a program may print. */
export function printed(dice: Dice): Value {
	const parts = dice.times(1 + dice.int(8), () => piece(dice));
	if (parts.every((part) => typeof part === 'string')) return parts.join('');
	return { $join: parts };
}

/** A text of whatever kind; seldom a very long one. */
export function anyText(dice: Dice): Value {
	return dice.weigh<Value>([
		[40, () => word(dice)],
		[20, () => name(dice)],
		[20, () => dice.pick(LETTERS)],
		[15, () => printed(dice)],
		[2, () => ({ $repeat: [dice.pick(LETTERS), 1 + dice.int(30_000)] })],
		[0.4, () => ({ $repeat: ['long ', 200_000] })]
	]);
}

function piece(dice: Dice): Value {
	return dice.weigh<Value>([
		[40, () => word(dice)],
		[25, () => escape(dice)],
		[10, () => dice.pick(LETTERS)],
		[6, () => `\r${' '.repeat(dice.int(30))}${word(dice)}`],
		[3, () => '\n'.repeat(dice.int(300))],
		[1, () => ({ $repeat: ['line\n', dice.int(3000)] })],
		[1, () => ({ $repeat: [word(dice) || 'x', dice.int(9000)] })],
		[0.3, () => ({ $repeat: [escape(dice), dice.int(2000)] })],
		[0.05, () => ({ $repeat: ['x', 1_000_000] })]
	]);
}

/** One control sequence, whole or cut off. */
export function escape(dice: Dice): string {
	const whole = dice.weigh<string>([
		[60, () => sequence(dice)],
		[8, () => `\u001b]8;;${word(dice)}${dice.pick(['\u0007', '\u001b\\', '', '\u001b'])}`],
		[3, () => `\u001b]${dice.pick(COUNTS)};${'t'.repeat(dice.int(6000))}`],
		[4, () => `\u001b${dice.pick(['P', 'X', '^', '_', 'k'])}${word(dice)}`],
		[
			6,
			() => `\u001b${dice.pick(['c', '7', '8', 'M', 'D', 'E', '(', '(B', '#8', '=', '', '\u001b'])}`
		],
		[3, () => `\u009b${dice.pick(COUNTS)}C`]
	]);
	return dice.chance(0.1) ? whole.slice(0, dice.int(whole.length + 1)) : whole;
}

function sequence(dice: Dice): string {
	const many = dice.chance(0.02) ? dice.int(600) : dice.int(4);
	const parameters = dice.times(many, () => dice.pick(COUNTS));
	const between = dice.pick([';', ';', ';', ':']);
	const final = dice.chance(0.6)
		? dice.pick(['m', 'm', 'C', 'G', 'A', 'B', 'D', 'K', 'J', 'H', 'E', 'F'])
		: FINALS.charAt(dice.int(FINALS.length));
	// What is written after it is what has to be put somewhere.
	return `\u001b[${parameters.join(between)}${final}${dice.pick(['', 'x', word(dice)])}`;
}
