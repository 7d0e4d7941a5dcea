// The import table of docs/architecture.md. A failing rule is mended in the code; the table changes
// only with a decision record.

/** May import only from these folders of src/lib (and from itself). */
const layer = (name, allowed) => ({
	name: `layer-${name}`,
	severity: 'error',
	from: { path: `^src/lib/${name}/` },
	to: { path: '^src/', pathNot: `^src/lib/(${[name, ...allowed].join('|')})/` }
});

/** A package that only one place may name. */
const door = (name, packages, places) => ({
	name: `door-${name}`,
	severity: 'error',
	from: { path: '^(src|lessons)/', pathNot: places },
	to: { path: `(^|/)node_modules/(${packages})/` }
});

module.exports = {
	forbidden: [
		{ name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
		layer('lesson', []),
		layer('notebook', ['lesson']),
		layer('chart', ['notebook']),
		layer('protocol', ['lesson', 'notebook']),
		layer('page', ['lesson', 'notebook', 'chart', 'protocol']),
		layer('ui', ['lesson', 'notebook', 'chart', 'protocol', 'page']),
		layer('server', ['lesson', 'notebook', 'protocol']),
		{
			name: 'routes-are-not-imported',
			severity: 'error',
			from: { path: '^src/', pathNot: '^src/routes/' },
			to: { path: '^src/routes/' }
		},
		{
			name: 'compile-is-for-the-build',
			severity: 'error',
			from: { path: '^src/', pathNot: '^src/compile/' },
			to: { path: '^src/compile/' }
		},
		{
			name: 'pure-means-pure',
			severity: 'error',
			from: { path: '^src/lib/(lesson|notebook|chart|protocol)/', pathNot: '\\.test\\.ts$' },
			// The protocol is written in schemas, and valibot is what they are written in.
			to: {
				dependencyTypes: ['core', 'npm', 'npm-dev'],
				dependencyTypesNot: ['type-only'],
				pathNot: '(^|/)node_modules/valibot/'
			}
		},
		door('jupyter', '@jupyterlab|ws|undici', '^src/lib/server/jupyter/'),
		door('codemirror', '@codemirror|@lezer', '^src/(lib/ui/editor|compile)/'),
		door('vega', 'vega[^/]*', '^src/lib/(ui/chart|chart)/'),
		door('output', 'marked|dompurify|katex|anser', '^src/lib/ui/output/'),
		door(
			'database',
			'drizzle-orm|better-sqlite3',
			'^src/lib/server/(db/|[^/]+\\.ts$|.*\\.test\\.ts$)'
		),
		{
			name: 'resolvable',
			severity: 'error',
			from: {},
			to: { couldNotResolve: true, pathNot: '^(@lucide/|\\$app|\\$env|\\./\\$types)' }
		}
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		// Its own file: the one SvelteKit generates has paths that dependency-cruiser reads from the wrong folder.
		tsConfig: { fileName: 'tsconfig.arch.json' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['svelte', 'import', 'node', 'default', 'types'],
			extensions: ['.ts', '.svelte.ts', '.js', '.svelte', '.mjs', '.css', '.html']
		},
		exclude: { path: '\\.svelte-kit' }
	}
};
