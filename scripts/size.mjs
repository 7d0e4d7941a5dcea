/**
 * How much compressed JavaScript a lesson page loads before it needs a chart, read from the build's
 * manifest: the app, the page, the largest lesson, and all that they import at once. Over the budget
 * it fails. Charts, maths and Markdown outputs come later, each when one is shown.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 350;
const CLIENT = '.svelte-kit/output/client';
const GENERATED = '.svelte-kit/generated/client-optimized';

/** @typedef {{ file: string, imports?: string[], dynamicImports?: string[] }} Chunk */
/** @typedef {Record<string, Chunk>} Manifest */

/**
 * What the page needs, lesson left out.
 * @param {Manifest} manifest
 * @param {(key: string) => string} textOf the source of a generated node: it names its page or layout
 */
export function pageKeys(manifest, textOf) {
	const keys = Object.keys(manifest);
	const nodes = keys.filter((key) => /client-optimized\/nodes\/\d+\.js$/.test(key));
	const page = nodes.filter((key) =>
		/routes\/\+layout\.svelte|lessons\/\[slug\]/.test(textOf(key))
	);
	if (page.length < 2)
		throw new Error('The manifest has no layout or no lesson page: was it built?');
	const start = keys.filter((key) => /client\/entry\.js$|client-optimized\/app\.js$/.test(key));
	if (start.length !== 2) throw new Error('The manifest has no start: was it built?');
	return [...start, ...page];
}

/** All files that these chunks load at once. @param {Manifest} manifest @param {readonly string[]} keys */
export function filesOf(manifest, keys) {
	/** @type {Set<string>} */
	const seen = new Set();
	const visit = (/** @type {string} */ key) => {
		if (seen.has(key)) return;
		seen.add(key);
		for (const other of manifest[key]?.imports ?? []) visit(other);
	};
	for (const key of keys) visit(key);
	return [...new Set([...seen].flatMap((key) => manifest[key]?.file ?? []))];
}

/** @param {string} file */
const kilobytes = (file) => gzipSync(readFileSync(join(CLIENT, file))).length / 1000;

/** @param {readonly string[]} files */
const sum = (files) => files.reduce((total, file) => total + kilobytes(file), 0);

function measure() {
	/** @type {Manifest} */
	const manifest = JSON.parse(readFileSync(join(CLIENT, '.vite/manifest.json'), 'utf8'));
	const page = pageKeys(manifest, (key) =>
		readFileSync(join(GENERATED, key.split('client-optimized/')[1] ?? ''), 'utf8')
	);
	const lessons = Object.keys(manifest).filter((key) => /^lessons\/.*\.svx$/.test(key));
	if (lessons.length === 0) throw new Error('The manifest has no lesson: was it built?');
	const each = lessons.map((lesson) => filesOf(manifest, [...page, lesson]));
	return each.reduce((largest, files) => (sum(files) > sum(largest) ? files : largest));
}

function report() {
	const rows = measure().map((file) => ({ file, kb: kilobytes(file) }));
	rows.sort((a, b) => b.kb - a.kb);
	for (const { file, kb } of rows.slice(0, 12))
		console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`);
	const total = rows.reduce((all, { kb }) => all + kb, 0);
	console.log(
		`${total.toFixed(1).padStart(7)} kB  in ${rows.length} files; the budget is ${BUDGET_KB} kB`
	);
	return total > BUDGET_KB ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = report();
