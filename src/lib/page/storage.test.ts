import { expect, test } from 'vitest';
import { DraftStorage, type KeyStore } from './storage';

function memory(): KeyStore & { readonly items: Map<string, string> } {
	const items = new Map<string, string>();
	return {
		items,
		getItem: (key) => items.get(key) ?? null,
		setItem: (key, value) => void items.set(key, value),
		removeItem: (key) => void items.delete(key)
	};
}
const draft = { text: 'x = 1', base: 2, baseText: 'x' };

test('keeps a draft by installation, lesson and cell', () => {
	const store = memory();
	new DraftStorage(store, 'here', '01').write('a', draft);
	expect([...store.items.keys()]).toEqual(['tuningfork:here:draft:01:a']);
	expect(new DraftStorage(store, 'here', '01').read('a')).toEqual(draft);
	expect(new DraftStorage(store, 'there', '01').read('a')).toBe(null);
	expect(new DraftStorage(store, 'here', '02').read('a')).toBe(null);
});

test('a dropped draft is gone', () => {
	const storage = new DraftStorage(memory(), 'here', '01');
	storage.write('a', draft);
	storage.drop('a');
	expect(storage.read('a')).toBe(null);
});

test.each(['{', '[]', 'null', '{"text":1}'])('what is not a draft is no draft: %s', (json) => {
	const store = memory();
	store.items.set('tuningfork:here:draft:01:a', json);
	expect(new DraftStorage(store, 'here', '01').read('a')).toBe(null);
});

test('a browser without storage, or with a full one, still works', () => {
	const full: KeyStore = {
		getItem: () => null,
		setItem: () => {
			throw new DOMException('full', 'QuotaExceededError');
		},
		removeItem: () => undefined
	};
	expect(() => new DraftStorage(full, 'here', '01').write('a', draft)).not.toThrow();
	expect(new DraftStorage(null, 'here', '01').read('a')).toBe(null);
});
