import { expect, test } from 'vitest';
import { highlightLines } from './highlight';

test('colours a line at a time, with the classes of the editor', () => {
	expect(highlightLines('import os\n\nx = 1')).toEqual([
		[
			{ text: 'import', classes: 'tok-keyword' },
			{ text: ' ', classes: '' },
			{ text: 'os', classes: 'tok-variableName' }
		],
		[],
		[
			{ text: 'x', classes: 'tok-variableName' },
			{ text: ' ', classes: '' },
			{ text: '=', classes: 'tok-operator' },
			{ text: ' ', classes: '' },
			{ text: '1', classes: 'tok-number' }
		]
	]);
});

test.each(['', 'if (', 'a\n', '"<b>" & x  # </div>', 'def f():\n\tif x:\n\t\treturn """a\nb"""'])(
	'loses no character of %j',
	(code) => {
		const lines = highlightLines(code).map((line) => line.map(({ text }) => text).join(''));
		expect(lines.join('\n')).toBe(code);
	}
);
