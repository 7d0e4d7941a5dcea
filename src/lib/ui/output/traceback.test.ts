import { describe, expect, test } from 'vitest';
// Tracebacks that IPython 9 made, unchanged but for the place of the standard library.
import examples from '../../../../tests/outputs/tracebacks.json';
import { plainText } from './ansi';
import { frameInCell, readTraceback } from './traceback';

const read = (name: keyof typeof examples) => readTraceback(examples[name].traceback);
const places = (name: keyof typeof examples) =>
	read(name).map((part) =>
		part.type === 'frame' ? part.frame.place : plainText(part.text).trim()
	);

test('rules and headlines go; frames keep their order; the fault comes last', () => {
	expect(places('deep')).toEqual([
		'Cell In[3], line 5',
		'Cell In[3], line 3, in f(x)',
		expect.stringContaining('json/__init__.py:346, in loads('),
		expect.stringContaining('json/decoder.py:337, in JSONDecoder.decode('),
		expect.stringContaining('json/decoder.py:353, in JSONDecoder.raw_decode('),
		expect.stringContaining('JSONDecodeError: Expecting property name')
	]);
});

describe('the line in the learner’s own cell', () => {
	test.each([
		['deep', 3, 3],
		['syntax', 4, 2],
		['chained', 6, 4],
		['multi', 7, 1],
		// It went on inside a function of another cell; the line of this cell is what is linked.
		['other', 11, 1],
		['rec', 12, 2]
	] as const)('%s', (name, count, line) => {
		expect(frameInCell(read(name), count)?.line).toBe(line);
	});

	test('is unknown when the fault lies in no frame of this cell', () => {
		expect(frameInCell(read('deep'), 99)).toBeNull();
		expect(frameInCell(read('deep'), null)).toBeNull();
		expect(frameInCell([], 1)).toBeNull();
	});
});

test('an older IPython is understood too', () => {
	const old = ['Input In [5], in <cell line: 2>()\n      1 x = 1\n----> 2 y', 'NameError: y'];
	expect(frameInCell(readTraceback(old), 5)?.line).toBe(2);
	const older = ['<ipython-input> in f\n', 'Input In [6], in f(x)\n----> 7     y'];
	expect(frameInCell(readTraceback(older), 6)?.line).toBe(7);
});

test('chained errors keep the sentence between them', () => {
	expect(places('chained')).toContain(
		'The above exception was the direct cause of the following exception:'
	);
});

test('anything else is kept as it is', () => {
	expect(readTraceback(['who knows'])).toEqual([{ type: 'note', text: 'who knows' }]);
});
