import { describe, expect, test } from 'vitest';
import { headingId, parseLesson } from './parse';

const FRONT = '---\ntitle: "A: title"\nsummary: Short\nminutes: 5\n---\n';

describe('a good lesson', () => {
	const text = `${FRONT}\n# Title\n\n## First *part*\n\n\`\`\`python cell id=one\nprint("{}")\n\`\`\`\n\n\`\`\`python\nnot_a_cell()\n\`\`\`\n\n## Second part\n\n> ~~~python cell id=two\n`;

	test('gives its cells, headings and front matter', () => {
		const result = parseLesson('03-slug', text.replace('> ~~~python cell id=two\n', ''));
		expect(result).toEqual({
			ok: true,
			lesson: {
				slug: '03-slug',
				number: 3,
				title: 'A: title',
				summary: 'Short',
				goal: '',
				minutes: 5,
				cells: [{ id: 'one', code: 'print("{}")', line: 11 }],
				headings: [
					{ id: 'first-part', text: 'First part', cells: ['one'] },
					{ id: 'second-part', text: 'Second part', cells: [] }
				]
			}
		});
	});

	test('may be written on Windows', () => {
		const result = parseLesson(
			'01-a',
			`${FRONT}\`\`\`python cell id=a\nx\n\`\`\`\n`.replaceAll('\n', '\r\n')
		);
		expect(result.ok && result.lesson.cells).toEqual([{ id: 'a', code: 'x', line: 6 }]);
	});
});

describe('a fault is told with its line', () => {
	test.each([
		['no front matter', 'hello', 1, /front matter/],
		['front matter left open', '---\ntitle: x\n', 1, /never closed/],
		['a field is missing', '---\ntitle: x\nminutes: 3\n---\n', 1, /summary/],
		['minutes is no number', '---\ntitle: x\nsummary: y\nminutes: soon\n---\n', 2, /minutes/],
		['a line of front matter', '---\ntitle x\n---\n', 2, /title x/],
		['a block left open', `${FRONT}\n\`\`\`python cell id=a\nx`, 7, /never closed/],
		['a cell without id', `${FRONT}\`\`\`python cell\nx\n\`\`\``, 6, /cell id=/],
		['an id used twice', `${FRONT}${'```python cell id=a\nx\n```\n'.repeat(2)}`, 9, /line 6/]
	])('%s', (_, text, line, message) => {
		const result = parseLesson('01-a', text);
		expect(result.ok).toBe(false);
		if (result.ok) return;
		expect(result.problem.line).toBe(line);
		expect(result.problem.message).toMatch(message);
	});
});

test('a heading id is made of words and hyphens', () => {
	expect(headingId('What `loss` means, *really*?')).toBe('what-loss-means-really');
});
