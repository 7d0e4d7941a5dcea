/** What "npm test" and "npm run verify" consist of. Pure. */
import { join } from 'node:path';
import { playwrightCount, pytestCount, vitestCount } from './count.mjs';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {readonly [string, ...string[]]} command
 * @property {() => import('./count.mjs').Count | null} [count] reads the runner's report; without it the stage is one test
 * @property {boolean} [needsBrowser]
 * @property {boolean} [needsWalls]
 * @property {NodeJS.ProcessEnv} [env]
 */

/** @type {readonly Stage[]} */
const GATES = [
	{ name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
	// First of those that read types: it also lets SvelteKit write its own.
	{ name: 'types', command: ['node', 'scripts/run.mjs', 'check'] },
	{ name: 'lint', command: ['eslint', '.'] },
	{ name: 'architecture', command: ['node', 'scripts/arch.mjs'] },
	{ name: 'python format', command: ['ruff', 'format', '--check', 'kernel', 'scripts'] },
	{ name: 'python lint', command: ['ruff', 'check', 'kernel', 'scripts'] },
	{ name: 'python types', command: ['mypy', '--config-file', 'kernel/pyproject.toml'] }
];

/** @param {string} reports folder for the runners' reports @returns {readonly Stage[]} */
export function everyStage(reports) {
	return [
		...GATES,
		{ name: 'build', command: ['vite', 'build'], env: { NODE_ENV: 'production' } },
		{ name: 'size', command: ['node', 'scripts/size.mjs'] },
		vitest(reports, 'unit', []),
		pytest(reports, []),
		{
			...vitest(reports, 'components', ['--config', 'vitest.browser.config.ts']),
			needsBrowser: true
		},
		{
			name: 'browser',
			command: ['playwright', 'test'],
			count: () => playwrightCount(join(reports, 'e2e.json')),
			needsBrowser: true
		}
	];
}

/** @param {string} reports @returns {readonly Stage[]} */
export function quickStages(reports) {
	return [
		...GATES,
		vitest(reports, 'unit', ['--exclude', '**/*.real.test.ts']),
		pytest(reports, ['-m', 'not slow'])
	];
}

/** @param {string} reports @param {string} name @param {readonly string[]} extra @returns {Stage} */
function vitest(reports, name, extra) {
	const report = join(reports, `${name}.json`);
	return {
		name,
		command: [
			'vitest',
			'run',
			'--reporter=default',
			'--reporter=json',
			`--outputFile.json=${report}`,
			...extra
		],
		count: () => vitestCount(report)
	};
}

/** @param {string} reports @param {readonly string[]} extra @returns {Stage} */
function pytest(reports, extra) {
	const report = join(reports, 'pytest.xml');
	return {
		name: 'python',
		command: [
			'pytest',
			'-c',
			'kernel/pyproject.toml',
			'--rootdir',
			'.',
			'-q',
			// Most of them wait for a program; each trains with one thread.
			...['-n', '2', '--dist', 'loadfile'],
			`--junit-xml=${report}`,
			...extra,
			'kernel/tests'
		],
		count: () => pytestCount(report),
		needsWalls: true
	};
}
