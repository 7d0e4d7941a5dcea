/**
 * Each import rule can fail: a small tree breaks every one of them once and does beside it what is
 * allowed. Imports inside components and imports of types alone count too.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../scripts/folder';

interface Case {
	/** The rule that must answer; null: none may. */
	readonly rule: string | null;
	readonly file: string;
	readonly imports: string;
	readonly how?: 'type' | 'component' | 'component-type';
}

const LAYERS = [
	['lesson', 'notebook'],
	['lesson', 'server'],
	['notebook', 'chart'],
	['notebook', 'protocol'],
	['chart', 'protocol'],
	['chart', 'ui'],
	['protocol', 'page'],
	['protocol', 'server'],
	['page', 'ui'],
	['page', 'server'],
	['ui', 'server'],
	['server', 'page'],
	['server', 'ui'],
	['server', 'chart']
] as const;

const ALLOWED = [
	['notebook', 'lesson'],
	['chart', 'notebook'],
	['protocol', 'lesson'],
	['protocol', 'notebook'],
	['page', 'chart'],
	['page', 'protocol'],
	['ui', 'page'],
	['ui', 'chart'],
	['server', 'protocol'],
	['server', 'notebook']
] as const;

const DOORS = [
	['jupyter', '@jupyterlab/services', 'lib/server/session', 'lib/server/jupyter'],
	['jupyter', 'ws', 'lib/server', 'lib/server/jupyter'],
	['jupyter', 'undici', 'routes', 'lib/server/jupyter'],
	['codemirror', '@codemirror/view', 'lib/ui/cell', 'lib/ui/editor'],
	['codemirror', '@lezer/common', 'lib/ui/output', 'lib/ui/editor'],
	['vega', 'vega', 'lib/ui/output', 'lib/ui/chart'],
	['vega', 'vega-lite', 'routes', 'lib/ui/chart'],
	['output', 'marked', 'lib/ui/lesson', 'lib/ui/output'],
	['output', 'dompurify', 'lib/page', 'lib/ui/output'],
	['database', 'drizzle-orm', 'lib/server/session', 'lib/server'],
	['database', 'better-sqlite3', 'routes', 'lib/server/db']
] as const;

const plain = (name: string) => name.replace(/\W/g, '-');

const CASES: readonly Case[] = [
	...LAYERS.map(([from, to]) => ({
		rule: `layer-${from}`,
		file: `src/lib/${from}/wants-${to}.ts`,
		imports: `$lib/${to}/target`
	})),
	...ALLOWED.map(([from, to]) => ({
		rule: null,
		file: `src/lib/${from}/may-${to}.ts`,
		imports: `$lib/${to}/target`
	})),
	...DOORS.flatMap(([door, name, outside, inside]) => [
		{ rule: `door-${door}`, file: `src/${outside}/wants-${plain(name)}.ts`, imports: name },
		{ rule: null, file: `src/${inside}/may-${plain(name)}.ts`, imports: name }
	]),
	{ rule: 'layer-ui', file: 'src/lib/ui/type.ts', imports: '../server/target', how: 'type' },
	{
		rule: 'layer-ui',
		file: 'src/lib/ui/A.svelte',
		imports: '$lib/server/target',
		how: 'component'
	},
	{
		rule: 'layer-ui',
		file: 'src/lib/ui/B.svelte',
		imports: '../server/target',
		how: 'component-type'
	},
	{ rule: 'door-output', file: 'src/lib/ui/cell/C.svelte', imports: 'marked', how: 'component' },
	{
		rule: 'door-output',
		file: 'src/lib/ui/cell/D.svelte',
		imports: 'marked',
		how: 'component-type'
	},
	{ rule: null, file: 'src/lib/ui/output/E.svelte', imports: 'marked', how: 'component' },
	{
		rule: null,
		file: 'src/lib/ui/cell/F.svelte',
		imports: '$lib/page/target',
		how: 'component-type'
	},
	{
		rule: 'routes-are-not-imported',
		file: 'src/lib/server/wants-route.ts',
		imports: '../../routes/target'
	},
	{
		rule: 'compile-is-for-the-build',
		file: 'src/routes/wants-compile.ts',
		imports: '../compile/target'
	},
	{ rule: 'pure-means-pure', file: 'src/lib/lesson/wants-node.ts', imports: 'node:fs' },
	{ rule: 'pure-means-pure', file: 'src/lib/notebook/wants-svelte.ts', imports: 'svelte' },
	{ rule: 'pure-means-pure', file: 'src/lib/chart/wants-vega.ts', imports: 'vega' },
	{ rule: 'pure-means-pure', file: 'src/lib/protocol/wants-node.ts', imports: 'node:fs' },
	{ rule: null, file: 'src/lib/protocol/may-valibot.ts', imports: 'valibot' },
	{ rule: 'resolvable', file: 'src/lib/lesson/wants-nothing.ts', imports: './nothing' }
];

/** Of a circle the first file that was read answers for all. */
const CIRCLES: readonly Omit<Case, 'rule'>[] = [
	{ file: 'src/lib/lesson/self.ts', imports: './circle', how: 'type' },
	{ file: 'src/lib/lesson/circle.ts', imports: './self', how: 'type' },
	{ file: 'src/lib/ui/Round.svelte', imports: './round', how: 'component-type' },
	{ file: 'src/lib/ui/round.ts', imports: './Round.svelte' }
];

let root = '';
/** "rule: file" for each broken rule. */
let answers = new Set<string>();

beforeAll(() => {
	root = mkdtempSync(join(tmpdir(), 'tf-arch-'));
	writeFiles(root, {
		...project(),
		...Object.fromEntries([...CASES, ...CIRCLES].map(({ file, ...it }) => [file, textOf(it)]))
	});
	mkdirSync(join(root, 'node_modules'), { recursive: true });
	symlinkSync(resolve('node_modules/svelte'), join(root, 'node_modules/svelte'));
	answers = ask();
}, 60_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

function project(): Record<string, string> {
	const folders = ['lesson', 'notebook', 'chart', 'protocol', 'page', 'ui', 'server'].map(
		(name) => `lib/${name}`
	);
	const targets = [...folders, 'routes', 'compile'].map((folder) => `src/${folder}/target.ts`);
	const vendors = [...new Set([...DOORS.map(([, name]) => name), 'valibot'])];
	const paths = { $lib: ['./src/lib'], '$lib/*': ['./src/lib/*'] };
	return {
		'tsconfig.arch.json': JSON.stringify({
			compilerOptions: { moduleResolution: 'bundler', paths }
		}),
		'package.json': JSON.stringify({
			dependencies: Object.fromEntries([...vendors, 'svelte'].map((name) => [name, '1']))
		}),
		...Object.fromEntries(
			targets.map((file) => [file, 'export const x = 1;\nexport type X = 1;\n'])
		),
		...Object.fromEntries(vendors.flatMap(vendorFiles))
	};
}

function vendorFiles(name: string): [string, string][] {
	return [
		[`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' })],
		[`node_modules/${name}/index.js`, 'export const x = 1;\n']
	];
}

function textOf({ imports, how }: Omit<Case, 'file' | 'rule'>): string {
	const value = `import { x } from '${imports}';\n\tconst y = x;`;
	const type = `import type { X } from '${imports}';\n\ttype Y = X;\n\tconst y: Y | null = null;`;
	const script = (text: string) =>
		`<script lang="ts">\n\t${text}\n</script>\n\n<p>{String(y)}</p>\n`;
	if (how === 'component') return script(value);
	if (how === 'component-type') return script(type);
	return `${how === 'type' ? type : value}\nexport { y };\n`;
}

function ask(): Set<string> {
	const args = [resolve('scripts/arch.mjs')];
	const { stdout } = spawnSync(process.execPath, args, {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 1e8
	});
	const lines = [...stdout.matchAll(/error ([\w-]+): (\S+)/g)];
	return new Set(
		lines.map(([, rule = '', file = '']) => `${rule}: ${file.replace(/\.svelte\.ts$/, '.svelte')}`)
	);
}

const answersTo = (file: string) => [...answers].filter((answer) => answer.endsWith(`: ${file}`));

test.each(CASES.filter(({ rule }) => rule !== null))(
	'$rule answers when $file imports $imports',
	({ rule, file }) => {
		expect(answersTo(file)).toContain(`${rule ?? ''}: ${file}`);
	}
);

test.each(CASES.filter(({ rule }) => rule === null))('$file may import $imports', ({ file }) => {
	expect(answersTo(file)).toEqual([]);
});

test.each(['src/lib/lesson/', 'src/lib/ui/'])('a circle of types in %s is found', (folder) => {
	expect([...answers].filter((answer) => answer.startsWith(`no-cycle: ${folder}`))).not.toEqual([]);
});
