import { describe, expect, test } from 'vitest';
import { formulaAt, readLatex } from './latex';

const told = (text: string) =>
	readLatex(text).map((part) =>
		part.type === 'text' ? part.text : [part.formula.source, part.formula.isDisplay]
	);

describe('a LaTeX output', () => {
	test.each<[string, ReturnType<typeof told>]>([
		['$$a$$', [['a', true]]],
		['\\[a\\]', [['a', true]]],
		['$a$', [['a', false]]],
		['\\(a\\)', [['a', false]]],
		['$\\displaystyle a$', [['\\displaystyle a', true]]],
		['\\begin{equation*}a\\end{equation*}', [['a', true]]],
		['\\begin{align}a&=b\\end{align}', [['\\begin{align}a&=b\\end{align}', true]]],
		['a + b', [['a + b', true]]],
		['\\frac{a}{b}', [['\\frac{a}{b}', true]]],
		['text $x$', ['text ', ['x', false]]],
		[
			'one $x^2$ and $$\\int x\\,dx$$ end',
			['one ', ['x^2', false], ' and ', ['\\int x\\,dx', true], ' end']
		],
		['plain words only', ['plain words only']],
		['costs \\$5, so $x$', ['costs $5, so ', ['x', false]]],
		['$5 and $6', ['$5 and $6']]
	])('%s', (text, parts) => expect(told(text)).toEqual(parts));
});

test.each([
	'$5 and $6',
	'$ x $',
	'$x $',
	'$x$1',
	'$a\n\nb$',
	'$$$$',
	'$',
	'$x',
	'\\begin{itemize}x\\end{itemize}',
	'\\begin{align}x'
])('%j begins with no formula', (text) => expect(formulaAt(text)).toBe(null));

test.each(['$x', '$$x ', '\\begin{align}', '\\(', '\\[', '\\\\$'])(
	'%s without end is not looked through anew from each sign',
	(piece) => {
		const text = piece.repeat(100_000 / piece.length);
		expect(readLatex(text).length).toBeGreaterThan(0);
	}
);
