/**
 * How much compressed JavaScript a lesson page loads before it needs a chart, from the build's
 * manifest: the app, the page and all they import at once. Fails over the budget.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 350;
const OUTPUT = '.svelte-kit/output/client';

/** @type {Record<string, { file: string, src?: string, isEntry?: boolean, imports?: string[], dynamicImports?: string[] }>} */
const manifest = JSON.parse(readFileSync(join(OUTPUT, '.vite', 'manifest.json'), 'utf8'));

/** @param {string} key @param {Set<string>} seen */
function collect(key, seen) {
	if (seen.has(key)) return;
	seen.add(key);
	for (const other of manifest[key]?.imports ?? []) collect(other, seen);
}

/** The nodes of the layout and of the lesson page are entries named after their number. */
function lessonKeys() {
	const nodes = Object.keys(manifest).filter((key) =>
		/generated\/client-optimized\/(nodes\/\d+|app)\.js$/.test(key)
	);
	const lesson = nodes.filter((key) => {
		const text = readFileSync(
			join('.svelte-kit', 'generated', 'client-optimized', key.split('client-optimized/')[1] ?? ''),
			'utf8'
		);
		return (
			/\+layout\.svelte|\+error\.svelte|lessons\/\[slug\]/.test(text) || key.endsWith('app.js')
		);
	});
	const start = Object.keys(manifest).filter((key) => /runtime\/client\/entry\.js$/.test(key));
	const prose = Object.keys(manifest).filter(
		(key) => key === 'lessons/01-fine-tune-in-five-minutes/lesson.svx'
	);
	return [...start, ...lesson, ...prose];
}

const keys = new Set();
for (const key of lessonKeys()) collect(key, keys);
const rows = [...keys].map((key) => {
	const file = manifest[key]?.file ?? '';
	return { file, kb: gzipSync(readFileSync(join(OUTPUT, file))).length / 1000 };
});
rows.sort((a, b) => b.kb - a.kb);
for (const { file, kb } of rows.slice(0, 12))
	console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`);
const total = rows.reduce((sum, { kb }) => sum + kb, 0);
console.log(
	`${total.toFixed(1).padStart(7)} kB  in ${rows.length} files; the budget is ${BUDGET_KB} kB`
);
if (rows.length < 5)
	throw new Error('The manifest was not understood: hardly any files were found.');
process.exitCode = total > BUDGET_KB ? 1 : 0;
