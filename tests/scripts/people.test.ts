import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memberNamed, newMember } from '../../scripts/start/people.mjs';
import { emptyFolder } from './folder';
import { freePort, installation, readJson } from './installation';

const id = (data: string, name: string) => memberNamed(data, name).learner;

test('each is somebody new; the same name is the same learner, and looks alike is not the same', () => {
	const data = emptyFolder();
	expect([newMember(data).learner, newMember(data).learner]).toEqual(['learner-1', 'learner-2']);
	expect([id(data, 'Anna'), id(data, ' anna  '), id(data, 'Änna'), id(data, 'anna!')]).toEqual([
		'anna',
		'anna',
		'anna-2',
		'anna-3'
	]);
	expect(memberNamed(data, 'Anna')).toEqual({ learner: 'anna', name: 'Anna', isKnown: true });
	expect(id(data, 'Änna')).toBe('anna-2');
	expect([id(data, '李雷'), id(data, 'Иван'), id(data, 'Learner 1')]).toEqual([
		'learner',
		'learner-3',
		'learner-1-2'
	]);
	expect(newMember(data).learner).toBe('learner-4');
});

test('a name never gives somebody’s work away, nor leads out of a folder', () => {
	const data = emptyFolder();
	mkdirSync(join(data, 'work/ben'), { recursive: true });
	mkdirSync(join(data, 'work/learner-1'));
	const names = ['Me', 'teacher', 'Ben', '../../secret', '__proto__', 'a.b', '.', 'x'.repeat(40)];
	const ids = names.map((name) => id(data, name));
	expect(ids.slice(0, 3)).toEqual(['me-2', 'teacher-2', 'ben-2']);
	for (const one of ids) expect(one).toMatch(/^[a-z0-9-]{1,40}$/);
	expect(newMember(data).learner).toBe('learner-2');
	expect(readdirSync(data).toSorted()).toEqual(['people', 'work']);
});

test.each(['', '  ', 'x'.repeat(41), 'a\u0007b', 'a\u202eb', 'a\u0000'])(
	'%j is no name',
	(name) => {
		expect(() => memberNamed(emptyFolder(), name)).toThrow(
			expect.objectContaining({ words: expect.objectContaining({ code: 'bad-name' }) })
		);
	}
);

test('the terminal of a class: the first address is for who teaches, then each line is a learner', async () => {
	const there = installation();
	const env = { TUNINGFORK_PORT: String(await freePort()), TUNINGFORK_PYTHON: '/bin/sh' };
	const found = { name: 'full', fit_for_class: true, words: 'They hold.', trials: [] };
	mkdirSync(join(there.root, 'kernel'));
	const { writeFileSync } = await import('node:fs');
	writeFileSync(join(there.root, 'kernel/doctor.py'), `echo '${JSON.stringify(found)}'`);
	const app = there.begin(['start', '--no-setup', '--class'], env);
	await app.until(/\(for you, who teach\)/);
	await app.until(/work on this computer only.*--class --host/s);
	const typed: [string, RegExp][] = [
		['\n', /\(for learner-1\)/],
		['Anna\n', /\(for Anna\)/],
		['anna\n', /the same Anna in from another device/],
		[`${'x'.repeat(50)}\n`, /bad-name/],
		['\n', /\(for learner-2\)/]
	];
	for (const [line, answer] of typed) {
		app.child.stdin?.write(line);
		await app.until(answer);
	}
	expect(there.run(['address', '--name', 'Anna B']).said).toMatch(/\(for Anna B\)/);
	expect(there.run(['address', '--teacher']).said).toMatch(/invite=/);
	expect(there.run(['address', '--what']).said).toMatch(/bad-option/);
	const invites = readdirSync(join(there.data, 'invites')).map((name) => {
		const { learner, role } = readJson(join(there.data, 'invites', name));
		return `${role ?? 'learner'} ${learner}`;
	});
	expect(invites.toSorted()).toEqual([
		'learner anna',
		'learner anna',
		'learner anna-b',
		'learner learner-1',
		'learner learner-2',
		'teacher teacher',
		'teacher teacher'
	]);
});

test('alone all addresses are the one learner’s, and a name is explained', async () => {
	const there = installation();
	const app = there.begin(['start', '--no-setup'], { TUNINGFORK_PORT: String(await freePort()) });
	await app.until(/invite=/);
	app.child.stdin?.write('Anna\n');
	await expect.poll(() => app.said().match(/invite=/g)).toHaveLength(2);
	expect(there.run(['address', 'Anna']).said).toMatch(/class-needed/);
	for (const name of readdirSync(join(there.data, 'invites')))
		expect(readJson(join(there.data, 'invites', name))['learner']).toBe(undefined);
});
