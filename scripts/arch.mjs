/**
 * The import rules of .dependency-cruiser.cjs, asked twice: of the tree as it is, and of a shadow of it in
 * which each component is only its script. The first sees what components import at run time, also in
 * their markup; the second sees the imports of types, which the Svelte compiler drops.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const CRUISER = join(HERE, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const RULES = join(HERE, '.dependency-cruiser.cjs');
const SCRIPT = /<script\b[^>]*>([\s\S]*?)<\/script>/g;

/** What a component imports, as a module that exports nothing. @param {string} component */
export function scriptOf(component) {
	return [...component.matchAll(SCRIPT)].map(([, code = '']) => code).join('\n');
}

/** Copies src/ with components as scripts: "A.svelte" becomes "A.svelte.ts", which the same import finds. @param {string} root */
function castShadow(root) {
	const shadow = join(root, '.cache', 'arch');
	rmSync(shadow, { recursive: true, force: true });
	mkdirSync(shadow, { recursive: true });
	cpSync(join(root, 'src'), join(shadow, 'src'), {
		recursive: true,
		filter(from, to) {
			if (/\.(test|browser)\.ts$/.test(from)) return false;
			if (!from.endsWith('.svelte')) return true;
			mkdirSync(dirname(to), { recursive: true });
			writeFileSync(`${to}.ts`, scriptOf(readFileSync(from, 'utf8')));
			return false;
		}
	});
	writeFileSync(
		join(shadow, 'tsconfig.arch.json'),
		JSON.stringify({
			compilerOptions: { paths: { $lib: ['./src/lib'], '$lib/*': ['./src/lib/*'] } }
		})
	);
	return shadow;
}

/** @param {string} cwd @param {readonly string[]} folders @param {readonly string[]} more */
function cruise(cwd, folders, more) {
	const there = folders.filter((folder) => existsSync(join(cwd, folder)));
	const args = [CRUISER, ...there, '--config', RULES, ...more];
	return spawnSync(process.execPath, args, { cwd, stdio: 'inherit' }).status ?? 1;
}

const root = process.cwd();
const more = process.argv.slice(2);
const asItIs = cruise(root, ['src', 'lessons'], more);
const itsShadow = cruise(castShadow(root), ['src'], more);
process.exitCode = asItIs === 0 && itsShadow === 0 ? 0 : 1;
