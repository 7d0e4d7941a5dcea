/** The pages and the server, built from src/ and lessons/ into build/. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './stamp.mjs';
import { withNode } from './node.mjs';

const SOURCES = [
	'src',
	'lessons',
	'static',
	'package.json',
	'package-lock.json',
	'svelte.config.js',
	'vite.config.ts',
	'tsconfig.json'
];

/** @param {import('./place.mjs').Place} place @param {string} node @returns {import('./step.mjs').Step} */
export function buildStep(place, node) {
	return {
		name: 'build',
		title: 'build the app into build/',
		takes: 'no download, under a minute',
		needMb: 200,
		print: () => fingerprint(place.root, SOURCES, [process.version]),
		isWhole: () => existsSync(join(place.root, 'build', 'index.js')),
		clear: () => rmSync(join(place.root, 'build'), { recursive: true, force: true }),
		commands: () => [
			{
				command: node,
				args: [join(place.modules, 'vite', 'bin', 'vite.js'), 'build'],
				env: { ...withNode(process.env, node), NODE_ENV: 'production' }
			}
		]
	};
}
