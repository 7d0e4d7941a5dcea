/** The table, and docs/benchmarks.md around it. Pure but for reading the page's text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ratio, show, verdict } from './rows.mjs';

/** @param {readonly import('./rows.mjs').Row[]} rows */
export function toTable(rows) {
	const lines = rows.map((one) => {
		const cells = [one.id, one.what, show(one.ours, one.unit), show(one.lab, one.unit)];
		return `| ${[...cells, ratio(one), verdict(one)].join(' | ')} |`;
	});
	return [
		'| | what | Tuning Fork | JupyterLab | ratio | target |',
		'|---|---|---|---|---|---|',
		...lines
	].join('\n');
}

/** @param {{ rows: readonly import('./rows.mjs').Row[], machine: readonly string[], loads: readonly string[], samples: number }} facts */
export function toPage({ rows, machine, loads, samples }) {
	const text = readFileSync(join(import.meta.dirname, 'page.md'), 'utf8');
	const parts = {
		date: new Date().toISOString().slice(0, 10),
		machine: machine.map((line) => `- ${line}`).join('\n'),
		loads: loads.join(', '),
		samples: String(samples),
		table: toTable(rows),
		failing: failing(rows)
	};
	return text.replaceAll(
		/\{\{(\w+)\}\}/g,
		(_, name) => parts[/** @type {keyof typeof parts} */ (name)]
	);
}

/**
 * A new page with the sections of the old one that other benchmarks wrote (kernel/bench_page.py).
 * @param {string} page
 * @param {string} before
 */
export function withSections(page, before) {
	const found = before.match(/<!-- begin: (\w+) -->[^]*?<!-- end: \1 -->\n?/g) ?? [];
	return [page.trimEnd(), ...found.map((one) => one.trimEnd())].join('\n\n') + '\n';
}

/**
 * The page with one such section, in the place of the old one if there is one.
 * @param {string} page
 * @param {string} name
 * @param {string} text
 */
export function withSection(page, name, text) {
	const section = `<!-- begin: ${name} -->\n${text.trim()}\n<!-- end: ${name} -->`;
	const old = new RegExp(`<!-- begin: ${name} -->[^]*?<!-- end: ${name} -->`);
	return old.test(page) ? page.replace(old, () => section) : `${page.trimEnd()}\n\n${section}\n`;
}

/** @param {readonly import('./rows.mjs').Row[]} rows */
function failing(rows) {
	const wanted = rows.filter(({ targets }) => targets.length > 0);
	const missed = wanted.filter((one) => verdict(one).includes('does not'));
	if (missed.length === 0) return 'Every target holds in this run.';
	const names = missed.map((one) => `- ${one.id}, ${one.what}: ${verdict(one)}`).join('\n');
	return `Of ${wanted.length} rows with targets, ${missed.length} miss one in this run:\n\n${names}`;
}
