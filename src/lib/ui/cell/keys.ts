export type CellKey =
	| 'edit'
	| 'run-next'
	| 'run-stay'
	| 'run-add'
	| 'up'
	| 'down'
	| 'run-beside'
	| 'interrupt'
	| 'pause'
	| 'restart'
	| 'output'
	| 'help'
	| 'add-above'
	| 'add-below'
	| 'delete'
	| 'undelete'
	| 'move-up'
	| 'move-down';

type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

const LETTERS: Readonly<Record<string, CellKey>> = {
	k: 'up',
	j: 'down',
	o: 'output',
	s: 'run-beside',
	'?': 'help',
	a: 'add-above',
	b: 'add-below',
	z: 'undelete'
};
const TWICE: Readonly<Record<string, CellKey>> = {
	i: 'interrupt',
	p: 'pause',
	0: 'restart',
	d: 'delete'
};
/** The second press of a double key must come within this time. Milliseconds. */
const SOON = 1000;

/** What the keys of a focused cell mean. Some must be pressed twice, so it remembers the last one. */
export class CellKeys {
	#last = { key: '', at: 0 };

	/** @param letters whether single letters are on @param now milliseconds */
	read(press: Press, letters: boolean, now: number): CellKey | null {
		const { key, ctrlKey, metaKey, altKey, shiftKey } = press;
		if (key === 'Enter') return enterKey(press);
		if (ctrlKey && shiftKey && !metaKey && !altKey) return moveKey(key);
		if (ctrlKey || metaKey || altKey) return null;
		if (key === 'ArrowUp') return 'up';
		if (key === 'ArrowDown') return 'down';
		return letters ? this.#letter(key.toLowerCase(), now) : null;
	}

	#letter(key: string, now: number): CellKey | null {
		const isSecond = this.#last.key === key && now - this.#last.at < SOON;
		this.#last = isSecond ? { key: '', at: 0 } : { key, at: now };
		const twice = Object.hasOwn(TWICE, key) ? TWICE[key] : undefined;
		if (twice) return isSecond ? twice : null;
		return (Object.hasOwn(LETTERS, key) ? LETTERS[key] : undefined) ?? null;
	}
}

function enterKey({ shiftKey, ctrlKey, metaKey, altKey }: Press): CellKey {
	if (shiftKey) return 'run-next';
	if (ctrlKey || metaKey) return 'run-stay';
	return altKey ? 'run-add' : 'edit';
}

function moveKey(key: string): CellKey | null {
	if (key === 'ArrowUp') return 'move-up';
	return key === 'ArrowDown' ? 'move-down' : null;
}
