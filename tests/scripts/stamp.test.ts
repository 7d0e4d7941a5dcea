import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprint, stamps } from '../../scripts/setup/stamp.mjs';
import { emptyFolder, writeFiles } from './folder';

test('a fingerprint changes with a name, a content and a word, and with nothing else', () => {
	const root = emptyFolder();
	writeFiles(root, { 'src/a.ts': 'one', 'src/deep/b.ts': 'two', 'other.txt': 'x' });
	const before = fingerprint(root, ['src', 'missing'], ['v24']);
	writeFiles(root, { 'other.txt': 'changed', 'src/.hidden': 'x', 'src/__pycache__/a.pyc': 'x' });
	expect(fingerprint(root, ['src', 'missing'], ['v24'])).toBe(before);
	expect(fingerprint(root, ['src'], ['v25'])).not.toBe(before);
	writeFiles(root, { 'src/a.ts': 'two', 'src/deep/b.ts': 'one' });
	const swapped = fingerprint(root, ['src'], ['v24']);
	expect(swapped).not.toBe(before);
	rmSync(join(root, 'src/deep'), { recursive: true });
	expect(fingerprint(root, ['src'], ['v24'])).not.toBe(swapped);
});

test('a step is done only with the fingerprint it was finished with', () => {
	const marks = stamps(emptyFolder());
	expect(marks.isDone('build', 'abc')).toBe(false);
	marks.begin('build');
	marks.finish('build', 'abc');
	expect(marks.isDone('build', 'abc')).toBe(true);
	expect(marks.isDone('build', 'def')).toBe(false);
	expect(marks.wasInterrupted('build')).toBe(false);
});

test('a step that was begun and not finished is neither done nor forgotten', () => {
	const marks = stamps(emptyFolder());
	marks.begin('build');
	marks.finish('build', 'abc');
	marks.begin('build');
	expect(marks.isDone('build', 'abc')).toBe(false);
	expect(marks.wasInterrupted('build')).toBe(true);
	marks.giveUp('build');
	expect(marks.wasInterrupted('build')).toBe(false);
	expect(marks.isDone('build', 'abc')).toBe(false);
});
