import { expect, test } from 'vitest';
import type { Entry } from '$lib/notebook/event';
import { newNotebook } from '$lib/notebook/notebook';
import type { Journal } from './journal';
import { Viewers } from './viewers';

const notebook = { ...newNotebook('01-a'), seq: 3 };
const entries: readonly Entry[] = [1, 2, 3].map((seq) => ({
	seq,
	event: { type: 'cell-edited', cell: 'one', source: String(seq), viewer: 'v' }
}));
const journal: Journal = {
	session: 's',
	name: 'this one',
	load: () => expect.fail('not asked for'),
	write: () => expect.fail('not asked for'),
	settle: () => expect.fail('not asked for'),
	after: (seq) => entries.slice(seq)
};
const viewers = new Viewers(journal, () => notebook);

test('a viewer of this journal is sent what it lacks', async () => {
	expect(await viewers.watch(1, 'this one').next()).toEqual({
		type: 'entries',
		entries: entries.slice(1)
	});
});

test('a number of another journal means nothing: the whole notebook is sent', async () => {
	// As after a power cut that took the last entries: 1 may have been something else.
	expect(await viewers.watch(1, 'another one').next()).toMatchObject({
		type: 'snapshot',
		notebook: { seq: 3 },
		journal: 'this one'
	});
});
