/** How many tests passed and failed, from the reports the runners write. */
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number }} Count */

/** @param {string} file @returns {Count | null} */
export function vitestCount(file) {
	const report = readJson(file);
	if (!report) return null;
	return { passed: report.numPassedTests, failed: report.numTotalTests - report.numPassedTests };
}

/** @param {string} file @returns {Count | null} */
export function playwrightCount(file) {
	const stats = readJson(file)?.stats;
	if (!stats) return null;
	return { passed: stats.expected + stats.flaky, failed: stats.unexpected + stats.skipped };
}

/** From a JUnit file as pytest writes it; a skipped test counts as failed, for none may be. @param {string} file @returns {Count | null} */
export function pytestCount(file) {
	if (!existsSync(file)) return null;
	const suite = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0];
	if (!suite) return null;
	const of = (/** @type {string} */ name) =>
		Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
	const failed = of('errors') + of('failures') + of('skipped');
	return { passed: of('tests') - failed, failed };
}

/** @param {string} file */
function readJson(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		// Missing or broken off: the runner did not get to its end, which the caller counts as a failure.
		return null;
	}
}
