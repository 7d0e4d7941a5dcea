/**
 * Each folder here is an example: `lesson.svx` is what an author wrote, `expected.txt` the
 * component it becomes. `UPDATE=1 npx vitest run tests/lessons` writes the expected files anew.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from 'svelte/compiler';
import { describe, expect, test, vi } from 'vitest';
import { lessonPreprocess, lessonToSvelte } from '../../src/compile/preprocess.js';

const HERE = import.meta.dirname;
const names = readdirSync(HERE, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map((entry) => entry.name);

describe.each(names)('%s', (name) => {
	const file = path.join(HERE, name, 'lesson.svx');
	const expectedFile = path.join(HERE, name, 'expected.txt');
	const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});

	test('becomes the expected component, and Svelte accepts it', async () => {
		const code = await lessonToSvelte(readFileSync(file, 'utf8'), file);
		if (process.env['UPDATE']) writeFileSync(expectedFile, code);
		expect(code).toBe(readFileSync(expectedFile, 'utf8'));
		expect(() => compile(code, { generate: 'client', filename: 'x.svelte' })).not.toThrow();
		expect(code.includes('class="lesson-fault"')).toBe(name.startsWith('fault-'));
		if (name.startsWith('fault-')) {
			expect(warn).toHaveBeenCalledWith(expect.stringMatching(/lesson\.svx:\d+ {2}\S/));
		}
	});
});

test('other files are left alone', async () => {
	const preprocess = lessonPreprocess();
	const result = await preprocess.markup?.({ content: '<p>{x}</p>', filename: 'A.svelte' });
	expect(result).toBeUndefined();
});
