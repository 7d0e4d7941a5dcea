import { expect, test } from 'vitest';
import { findPython } from '../../scripts/setup/python.mjs';
import { Trouble } from '../../scripts/setup/trouble.mjs';

type Version = [number, number, number];

function python(version: Version, more: { venv?: boolean; bits?: number } = {}) {
	const path = `/usr/bin/python${version.slice(0, 2).join('.')}`;
	return { version, path, venv: true, bits: 64, machine: 'x86_64', ...more };
}

/** A computer on which these commands exist. */
function computer(has: Readonly<Record<string, ReturnType<typeof python>>>) {
	return (command: string) => has[command] ?? null;
}

function troubleOn(has: Readonly<Record<string, ReturnType<typeof python>>>, env = {}) {
	try {
		findPython(env, computer(has));
	} catch (error) {
		if (error instanceof Trouble) return error.words;
		throw error;
	}
	return null;
}

test('takes python3 when it is new enough', () => {
	const found = findPython(
		{},
		computer({ python3: python([3, 12, 4]), python: python([3, 11, 2]) })
	);
	expect(found.version).toEqual([3, 12, 4]);
});

test('passes over one that is too old or too new for one that fits', () => {
	const has = {
		python3: python([3, 9, 2]),
		'python3.14': python([3, 14, 0]),
		python: python([3, 15, 0])
	};
	expect(findPython({}, computer(has)).path).toBe('/usr/bin/python3.14');
});

test('passes over one without venv for one that has it', () => {
	const has = { python3: python([3, 13, 0], { venv: false }), 'python3.11': python([3, 11, 2]) };
	expect(findPython({}, computer(has)).version).toEqual([3, 11, 2]);
});

test('takes the one it was told to take, and no other', () => {
	const has = { python3: python([3, 12, 0]), '/mine': python([3, 13, 1]) };
	const env = { TUNINGFORK_SETUP_PYTHON: '/mine' };
	expect(findPython(env, computer(has)).version).toEqual([3, 13, 1]);
	expect(troubleOn({ python3: python([3, 12, 0]) }, env)?.code).toBe('no-python');
});

test('says that there is none, how to install one, and in which variable to name another', () => {
	const words = troubleOn({});
	expect(words?.code).toBe('no-python');
	expect(words?.why).toMatch(/no Python on the PATH/);
	expect(words?.next).toMatch(/Install it.*TUNINGFORK_SETUP_PYTHON/);
});

test('says which ones it found and why it refused them', () => {
	const has = {
		python3: python([3, 8, 10]),
		'python3.13': python([3, 13, 0], { bits: 32 }),
		python: python([3, 15, 1])
	};
	expect(troubleOn(has)?.why).toMatch(
		/python3 is 3\.8\.10, too old; python3\.13 is 3\.13\.0 for 32 bits; python is 3\.15\.1, newer than/
	);
});

test('says which package brings venv', () => {
	const words = troubleOn({ python3: python([3, 12, 3], { venv: false }) });
	expect(words?.code).toBe('no-venv');
	expect(words?.next).toMatch(/apt-get install python3\.12-venv/);
});
