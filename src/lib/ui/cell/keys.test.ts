import { expect, test } from 'vitest';
import { CellKeys } from './keys';

const press = (
	key: string,
	held: Partial<Record<'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey', true>> = {}
) => ({
	key,
	shiftKey: false,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	...held
});

test.each([
	['Enter', {}, 'edit'],
	['Enter', { shiftKey: true }, 'run-next'],
	['Enter', { ctrlKey: true }, 'run-stay'],
	['Enter', { metaKey: true }, 'run-stay'],
	['Enter', { altKey: true }, 'run-add'],
	['ArrowDown', {}, 'down'],
	['ArrowUp', { ctrlKey: true, shiftKey: true }, 'move-up'],
	['j', {}, 'down'],
	['K', { shiftKey: true }, 'up'],
	['?', { shiftKey: true }, 'help'],
	['s', {}, 'run-beside'],
	['j', { ctrlKey: true }, null],
	['x', {}, null],
	['constructor', {}, null]
] as const)('%s %o', (key, held, meaning) => {
	expect(new CellKeys().read(press(key, held), true, 0)).toBe(meaning);
});

test('some keys must be pressed twice, and soon', () => {
	const keys = new CellKeys();
	const read = (key: string, now: number) => keys.read(press(key), true, now);
	expect([read('i', 0), read('i', 500), read('i', 600)]).toEqual([null, 'interrupt', null]);
	expect([read('p', 2000), read('p', 2100)]).toEqual([null, 'pause']);
	expect([read('0', 5000), read('0', 6500)]).toEqual([null, null]);
	expect([read('d', 9000), read('j', 9100), read('d', 9200)]).toEqual([null, 'down', null]);
});

test('single letters can be turned off; the other keys stay', () => {
	const keys = new CellKeys();
	expect(
		['j', '?', 'o', 'ArrowDown', 'Enter'].map((key) => keys.read(press(key), false, 0))
	).toEqual([null, null, null, 'down', 'edit']);
});
