import { expect, test } from 'vitest';
import { placeCells } from './cells';
import type { Node } from './tree';

const fence = (value: string): Node => ({
	type: 'code',
	lang: 'python',
	meta: 'cell id=a',
	value,
	position: { start: { line: 4, column: 1 }, end: { line: 6, column: 1 } }
});

test('a cell takes its place when page and notebook agree on its text', () => {
	const tree: Node = { type: 'root', children: [fence('x = 1\n')] };
	placeCells(tree, [{ id: 'a', code: 'x = 1', line: 4 }]);
	expect(tree.children?.[0]).toMatchObject({ type: 'html', value: '<Cell id="a" />' });
});

test('a cell whose text the two read differently is a fault with its line', () => {
	const tree: Node = { type: 'root', children: [fence('  x = 1')] };
	expect(() => placeCells(tree, [{ id: 'a', code: 'x = 1', line: 4 }])).toThrow(
		expect.objectContaining({ line: 4, message: expect.stringContaining('`a`') })
	);
});

test('code that is only shown is left alone', () => {
	const shown: Node = { ...fence('x'), meta: null };
	placeCells({ type: 'root', children: [shown] }, []);
	expect(shown.type).toBe('code');
});
