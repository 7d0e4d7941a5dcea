import { expect, test } from 'vitest';
import { filesOf, pageKeys } from '../../scripts/size.mjs';

const NODE = '.svelte-kit/generated/client-optimized/nodes';

const MANIFEST = {
	'node_modules/@sveltejs/kit/src/runtime/client/entry.js': {
		file: 'start.js',
		imports: ['_shared']
	},
	'.svelte-kit/generated/client-optimized/app.js': {
		file: 'app.js',
		dynamicImports: [`${NODE}/0.js`]
	},
	[`${NODE}/0.js`]: { file: 'layout.js', imports: ['_shared'] },
	[`${NODE}/2.js`]: { file: 'home.js', imports: ['_home'] },
	[`${NODE}/3.js`]: { file: 'lesson.js', imports: ['_editor'], dynamicImports: ['chart.svelte'] },
	_shared: { file: 'shared.js', imports: ['_deep'] },
	_deep: { file: 'deep.js', imports: ['_shared'] },
	_editor: { file: 'editor.js', dynamicImports: ['chart.svelte'] },
	_home: { file: 'only-home.js' },
	'chart.svelte': { file: 'chart.js' }
};

const TEXTS: Record<string, string> = {
	[`${NODE}/0.js`]: 'export { default as component } from "../../../../src/routes/+layout.svelte";',
	[`${NODE}/2.js`]: 'export { default as component } from "../../../../src/routes/+page.svelte";',
	[`${NODE}/3.js`]:
		'export { default as component } from "../../../../src/routes/lessons/[slug]/+page.svelte";'
};

const textOf = (key: string) => TEXTS[key] ?? '';

test('the lesson page is start, layout and page with all they import, and no chart', () => {
	expect(filesOf(MANIFEST, pageKeys(MANIFEST, textOf)).sort()).toEqual([
		'app.js',
		'deep.js',
		'editor.js',
		'layout.js',
		'lesson.js',
		'shared.js',
		'start.js'
	]);
});

test('a manifest that is not understood is an error and not a small page', () => {
	expect(() => pageKeys({}, textOf)).toThrow(/was it built/);
	expect(() => pageKeys(MANIFEST, () => '')).toThrow(/no lesson page/);
});
