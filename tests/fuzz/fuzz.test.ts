import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LENGTH, seedOf } from './campaign';
import { BEGIN, CORPUS } from './corpus';
import { makeStory } from './story';
import { openPlace, tell } from './teller';

// The short form of `npm run fuzz`: the same stories with fixed seeds, and everything that was ever found.

const SEED = 1;
const STORIES = 30;
/** Stories with a fault that are told. */
const ENOUGH = 3;

const folder = mkdtempSync(join(tmpdir(), 'tf-fuzz-'));
const place = openPlace(folder);

afterAll(() => {
	place.db.$client.close();
	rmSync(folder, { recursive: true });
});

test('a story is the same each time', () => {
	expect(makeStory(5, 50)).toEqual(makeStory(5, 50));
	expect(makeStory(5, 50)).not.toEqual(makeStory(6, 50));
});

describe('what did harm once', () => {
	test.each(Object.entries(CORPUS))('%s', async (_, messages) => {
		const { finding } = await tell(place, [...BEGIN, ...messages], 1);
		expect(finding).toBeNull();
	});
});

test('three thousand messages do no harm', async () => {
	const findings: Record<number, unknown> = {};
	for (let story = 0; story < STORIES && Object.keys(findings).length < ENOUGH; story += 1) {
		const { finding } = await tell(place, makeStory(seedOf(SEED, story), LENGTH), 50);
		if (finding) findings[story] = finding;
	}
	expect(findings).toEqual({});
	// What does no harm takes seconds; what does may take its time before it shows.
}, 120_000);
