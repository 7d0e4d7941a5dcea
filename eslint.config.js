import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const BUDGET = {
	'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
	'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }]
};

export default ts.config(
	{
		ignores: [
			'.svelte-kit/',
			'build/',
			'.cache/',
			'.node/',
			'.venv/',
			'data/',
			'drizzle/',
			'test-results/',
			'lessons/',
			'tests/lessons/'
		]
	},
	js.configs.recommended,
	...ts.configs.strictTypeChecked,
	...svelte.configs.recommended,
	{
		languageOptions: {
			globals: { ...globals.node, ...globals.browser },
			parserOptions: {
				projectService: true,
				extraFileExtensions: ['.svelte'],
				tsconfigRootDir: import.meta.dirname
			}
		},
		rules: {
			...BUDGET,
			// A number in a template is what a template is for.
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			// `() => this.#wake()` as a callback reads better than a block around it.
			'@typescript-eslint/no-confusing-void-expression': 'off',
			// Callbacks in props are written as methods; nobody uses `this` in them.
			'@typescript-eslint/unbound-method': 'off',
			// Terminals speak in control characters.
			'no-control-regex': 'off',
			'no-restricted-syntax': [
				'error',
				{ selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
				{ selector: 'TSModuleDeclaration[kind="namespace"]', message: 'Use a file.' },
				{ selector: 'ExportAllDeclaration', message: 'No barrel files: import from where it is.' },
				{ selector: 'ExportDefaultDeclaration', message: 'Name what you export.' }
			]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser } },
		rules: {
			'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
			// Addresses are built by the components that know them; there is no base path.
			'svelte/no-navigation-without-resolve': 'off'
		}
	},
	{ files: ['**/*.svelte.ts'], rules: { 'max-lines': BUDGET['max-lines'] } },
	{
		// Components show and report; asking the server is for page/.
		files: ['src/lib/ui/**'],
		rules: {
			'no-restricted-globals': ['error', 'fetch', 'EventSource', 'XMLHttpRequest', 'WebSocket']
		}
	},
	{
		// The pure folders run in the browser and on the server alike, so they may use neither.
		files: ['src/lib/{lesson,notebook,chart,protocol}/**'],
		rules: {
			'no-restricted-globals': [
				'error',
				...['window', 'document', 'navigator', 'location', 'localStorage', 'fetch', 'EventSource'],
				...['process', 'Buffer', 'require', '__dirname']
			]
		}
	},
	{
		files: ['*.config.{js,ts}', '*.cjs'],
		rules: { 'no-restricted-syntax': 'off' }
	},
	{
		// Plain JavaScript is checked by JSDoc types in svelte-check, not here.
		files: ['**/*.{js,mjs,cjs}', 'tests/**/*.ts', '*.config.ts', '**/*.test.ts', 'src/compile/**'],
		extends: [ts.configs.disableTypeChecked]
	},
	{
		files: ['**/*.test.ts', 'tests/**/*.ts'],
		rules: { 'max-lines-per-function': 'off' }
	},
	{
		// Sent into the page as one piece: it cannot call anything outside itself.
		files: ['scripts/bench/probe.mjs'],
		rules: { 'max-lines-per-function': 'off' }
	},
	{
		// Modules as the tools that make them give them.
		files: ['src/*.d.ts'],
		rules: { 'no-restricted-syntax': 'off', '@typescript-eslint/no-namespace': 'off' }
	}
);
