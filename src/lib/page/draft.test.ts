import { describe, expect, test } from 'vitest';
import { draftOf, fail, isOpen, keepMine, restore, see, send, settle, type } from './draft';

const cell = (source: string, revision: number) => ({ source, revision });
const typed = type(draftOf(cell('one', 0)), 'mine');

describe('the server moves on', () => {
	test('nothing typed: its text is taken', () => {
		expect(see(draftOf(cell('one', 0)), cell('two', 1))).toEqual(draftOf(cell('two', 1)));
	});

	test('our own text came back: nothing is left to do', () => {
		expect(isOpen(see(send(typed), cell('mine', 1)))).toBe(false);
	});

	test('our own text came back and more has been typed: the rest goes on top', () => {
		const more = see(type(send(typed), 'mine, more'), cell('mine', 1));
		expect(more).toMatchObject({ text: 'mine, more', base: 1, baseText: 'mine', sent: null });
		expect(more.conflict).toBe(false);
	});

	test('somebody else wrote: both texts are kept', () => {
		const draft = see(typed, cell('theirs', 1));
		expect([draft.text, draft.conflict]).toEqual(['mine', true]);
	});

	test('somebody else wrote the same: no conflict', () => {
		expect(isOpen(see(typed, cell('mine', 1)))).toBe(false);
	});

	test('the conflict goes away when the texts become equal', () => {
		const clash = see(typed, cell('theirs', 1));
		expect(isOpen(see(clash, cell('mine', 2)))).toBe(false);
	});
});

describe('an answer', () => {
	test('after which a reset came from elsewhere: the reset is taken', () => {
		expect(settle(send(typed), cell('one', 2))).toEqual(draftOf(cell('one', 2)));
	});

	test('that carried nothing out, because the text was there already', () => {
		const draft = settle(send(typed), cell('mine', 0));
		expect(isOpen(draft)).toBe(false);
	});

	test('refused: a conflict to settle', () => {
		expect(fail(send(typed), { code: 'edit-conflict' })).toMatchObject({
			conflict: true,
			sent: null
		});
	});

	test('not saved: said until it is typed or sent again', () => {
		const draft = fail(send(typed), { code: 'disk-full' });
		expect([draft.problem?.code, draft.sent]).toEqual(['disk-full', null]);
		expect(type(draft, 'mine!').problem).toBe(null);
	});
});

test('keeping mine puts it on top of theirs', () => {
	const mine = keepMine(see(typed, cell('theirs', 1)), cell('theirs', 1));
	expect(mine).toMatchObject({ text: 'mine', base: 1, baseText: 'theirs', conflict: false });
});

describe('found in the browser after a crash', () => {
	const stored = { text: 'mine', base: 3, baseText: 'one' };

	test('the cell is as it was: go on', () => {
		const draft = restore(stored, cell('one', 7));
		expect(draft).toMatchObject({ text: 'mine', base: 7, conflict: false });
	});

	test('it had been saved after all', () => {
		expect(isOpen(restore(stored, cell('mine', 4)))).toBe(false);
	});

	test('the cell has another text now: choose', () => {
		expect(restore(stored, cell('theirs', 4))).toMatchObject({ text: 'mine', conflict: true });
	});
});
