/** The tree that docs/architecture.md draws is the tree that is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PAGE = readFileSync('docs/architecture.md', 'utf8');

interface Line {
	readonly path: string;
	readonly drawnAt: number;
}

/** The folders of the first drawn tree, with their whole paths. */
export function drawnFolders(page: string): string[] {
	const block = page.split('## The tree')[1]?.split('```')[1] ?? '';
	const found: Line[] = [];
	for (const line of block.split('\n')) {
		const drawn = /^( *)(\.?[\w-]+(?:\/[\w-]+)*)\/(?:\s|$)/.exec(line);
		if (!drawn) continue;
		const [, space = '', name = ''] = drawn;
		const above = found.findLast(({ drawnAt }) => drawnAt < space.length);
		found.push({ path: above && space ? join(above.path, name) : name, drawnAt: space.length });
	}
	return found.map(({ path }) => path);
}

/** Top-level folders that git keeps or would keep. */
function topFolders(): string[] {
	const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
		encoding: 'utf8',
		maxBuffer: 1e8
	});
	const files = stdout.split('\n').filter((file) => file.includes('/') && existsSync(file));
	return [...new Set(files.map((file) => file.split('/')[0] ?? ''))].sort();
}

const drawn = drawnFolders(PAGE);

test('the tree was read at all', () => {
	expect(drawn).toEqual(
		expect.arrayContaining(['kernel/tuningfork', 'src/routes', 'src/lib/server/jupyter'])
	);
});

test('every top-level folder is in it', () => {
	const known = new Set(drawn.map((path) => path.split('/')[0]));
	expect(topFolders().filter((folder) => !known.has(folder))).toEqual([]);
});

test('every folder of src/lib is in it', () => {
	const folders = readdirSync('src/lib').filter((name) =>
		statSync(join('src/lib', name)).isDirectory()
	);
	expect(folders.filter((name) => !drawn.includes(`src/lib/${name}`))).toEqual([]);
});

test('every folder that it draws exists', () => {
	const real = drawn.filter((path) => !path.includes('NN-'));
	expect(real.filter((path) => !existsSync(path))).toEqual([]);
});
