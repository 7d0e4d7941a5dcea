import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { everyStage, quickStages } from '../../scripts/test/stages.mjs';
import { isThere } from '../../scripts/test/walls.mjs';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-walls-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('bubblewrap is there when a folder of the PATH has it as a program', () => {
	const env = { PATH: ['', join(folder, 'none'), folder].join(delimiter) };
	expect(isThere(env)).toBe(false);
	writeFileSync(join(folder, 'bwrap'), '');
	chmodSync(join(folder, 'bwrap'), 0o755);
	expect(isThere(env)).toBe(true);
	expect(isThere({})).toBe(false);
});

test('the Python tests need it, long or quick', () => {
	for (const stages of [everyStage('reports'), quickStages('reports')]) {
		const names = stages.filter(({ needsWalls }) => needsWalls).map(({ name }) => name);
		expect(names).toEqual(['python']);
	}
});
