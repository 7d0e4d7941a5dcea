import { join } from 'node:path';
import { expect, test } from 'vitest';
import { playwrightCount, pytestCount, vitestCount } from '../../scripts/test/count.mjs';
import { judge } from '../../scripts/test/run.mjs';
import { everyStage, quickStages } from '../../scripts/test/stages.mjs';
import { emptyFolder, writeFiles } from './folder';

function report(text: string): string {
	const folder = emptyFolder();
	writeFiles(folder, { report: text });
	return join(folder, 'report');
}

test('counts of the three runners; what was skipped did not pass', () => {
	expect(vitestCount(report('{"numTotalTests":5,"numPassedTests":3}'))).toEqual({
		passed: 3,
		failed: 2
	});
	expect(
		playwrightCount(report('{"stats":{"expected":4,"flaky":1,"unexpected":2,"skipped":1}}'))
	).toEqual({
		passed: 5,
		failed: 3
	});
	const junit =
		'<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="1" tests="10">';
	expect(pytestCount(report(junit))).toEqual({ passed: 6, failed: 4 });
});

test('a report that is missing or broken off is no report', () => {
	expect(vitestCount('/nowhere/x.json')).toBeNull();
	expect(vitestCount(report('{"numTotal'))).toBeNull();
	expect(playwrightCount(report('{}'))).toBeNull();
	expect(pytestCount(report('<testsuites>'))).toBeNull();
});

test('a gate is one test', () => {
	expect(judge(0, undefined)).toEqual({ passed: 1, failed: 0 });
	expect(judge(2, undefined)).toEqual({ passed: 0, failed: 1 });
	expect(judge('not-found', undefined)).toEqual({ passed: 0, failed: 1 });
});

test('a runner that breaks without a failed test counts as failed', () => {
	expect(judge(0, () => ({ passed: 3, failed: 0 }))).toEqual({ passed: 3, failed: 0 });
	expect(judge(1, () => ({ passed: 3, failed: 1 }))).toEqual({ passed: 3, failed: 1 });
	expect(judge(1, () => ({ passed: 3, failed: 0 }))).toEqual({ passed: 3, failed: 1 });
	expect(judge('killed', () => null)).toEqual({ passed: 0, failed: 1 });
	expect(judge(0, () => ({ passed: 0, failed: 0 }))).toEqual({ passed: 0, failed: 1 });
});

test('the quick stages are all part of the whole', () => {
	const all = everyStage('r').map(({ name }) => name);
	expect(
		quickStages('r')
			.map(({ name }) => name)
			.filter((name) => !all.includes(name))
	).toEqual([]);
	expect(new Set(all).size).toBe(all.length);
});
