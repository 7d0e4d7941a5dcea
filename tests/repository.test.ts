/** The repository is what its pages say it is. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const LONGEST = 300;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Every file that git knows or would take. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
	cwd: ROOT,
	encoding: 'utf8'
})
	.split('\n')
	.filter((path) => path !== '');

const TOP = [
	...new Set(FILES.filter((path) => path.includes('/')).map((path) => path.split('/')[0]))
];

/** The fenced block that follows a heading: the tree as the page draws it. */
function treeOf(page: string): string {
	return /^## The tree\n+```\w*\n(.*?)^```/ms.exec(read(page))?.[1] ?? '';
}

test.each(['docs/architecture.md', 'README.md'])('%s names every folder at the top', (page) => {
	const tree = treeOf(page);
	expect(TOP.length).toBeGreaterThan(8);
	expect(TOP.filter((name) => !new RegExp(`^${name}/`, 'm').test(tree))).toEqual([]);
});

test.each(['docs/architecture.md', 'README.md'])('%s names no folder that is not there', (page) => {
	const named = [...treeOf(page).matchAll(/^([\w.-]+)\//gm)].map(([, name]) => name);
	expect(named.filter((name) => !TOP.includes(name ?? ''))).toEqual([]);
});

test('docs/architecture.md names every folder of src/lib', () => {
	const folders = readdirSync(join(ROOT, 'src/lib'), { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => name);
	const tree = treeOf('docs/architecture.md');
	expect(folders.length).toBeGreaterThan(5);
	expect(folders.filter((name) => !tree.includes(`    ${name}/`))).toEqual([]);
});

test('no script is longer than the budget', () => {
	const scripts = FILES.filter(
		(path) => path.startsWith('scripts/') && /\.(mjs|js|ts|py)$/.test(path)
	);
	expect(scripts.length).toBeGreaterThan(20);
	const long = scripts.filter((path) => read(path).split('\n').length > LONGEST);
	expect(long).toEqual([]);
});

test('every command that the README and CONTRIBUTING name exists', () => {
	const known = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
	for (const page of ['README.md', 'CONTRIBUTING.md']) {
		const named = [...read(page).matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)];
		expect(named.length, page).toBeGreaterThan(3);
		for (const [, run, short] of named) expect(known, page).toContain(run ?? short);
	}
});

test('every link of the README, CONTRIBUTING and SECURITY to a file leads to one', () => {
	for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']) {
		const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
			([, path]) => path ?? ''
		);
		const known = (path: string) =>
			FILES.includes(path) || FILES.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
		expect(
			links.filter((path) => !known(path)),
			page
		).toEqual([]);
	}
});
