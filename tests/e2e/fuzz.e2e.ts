import { expect, test } from '@playwright/test';
import { BEGIN, CORPUS } from '../fuzz/corpus';
import type { Step } from '../fuzz/story';
import { Visits } from '../fuzz/visit';

// What a kernel said when it did harm, on its whole way: from a socket to a page that is looked at.

test('a page follows, opens again and lets a cell be deleted, whatever a kernel has said', async ({
	browser
}) => {
	const visits = new Visits(browser);
	const told = Object.values(CORPUS).flatMap((messages): readonly Step[] => [
		...messages,
		{ do: 'view' }
	]);
	try {
		expect(await visits.tell([...BEGIN, ...told])).toBeNull();
	} finally {
		await visits.close();
	}
});
