import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { placeOf } from '../../scripts/setup/place.mjs';
import { perform, type Step } from '../../scripts/setup/step.mjs';
import { stamps } from '../../scripts/setup/stamp.mjs';
import { emptyFolder } from './folder';

let said = '';
beforeEach(() => {
	said = '';
	vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
		said += String(text);
		return true;
	});
});

/** A step that appends a line to a file, by a real program. */
function counting(root: string, more: Partial<Step> = {}): Step {
	const file = join(root, 'made');
	return {
		name: 'count',
		title: 'count something',
		takes: 'a moment',
		needMb: 1,
		print: () => 'one',
		isWhole: () => existsSync(file),
		commands: () => [program(`require('fs').appendFileSync(${JSON.stringify(file)}, 'x')`)],
		...more
	};
}

function program(code: string) {
	return { command: process.execPath, args: ['-e', code] };
}

const made = (root: string) => readFileSync(join(root, 'made'), 'utf8');

test('is done once, and again only when what it depends on has changed', async () => {
	const root = emptyFolder();
	expect(await perform(placeOf(root), counting(root))).toBe(true);
	expect(said).toMatch(/Next: count something \(a moment\)\.\n.*done in/s);
	expect(await perform(placeOf(root), counting(root))).toBe(false);
	expect(await perform(placeOf(root), counting(root, { print: () => 'two' }))).toBe(true);
	expect(made(root)).toBe('xx');
});

test('is done again when its result was deleted', async () => {
	const root = emptyFolder();
	await perform(placeOf(root), counting(root));
	expect(await perform(placeOf(root), counting(root, { isWhole: () => false }))).toBe(true);
});

test('is left alone when somebody has done it by hand', async () => {
	const root = emptyFolder();
	const step = counting(root, { alreadyThere: () => true, isWhole: () => true });
	expect(await perform(placeOf(root), step)).toBe(false);
	expect(existsSync(join(root, 'made'))).toBe(false);
	expect(await perform(placeOf(root), { ...step, alreadyThere: () => false })).toBe(false);
});

test('starts afresh after it was cut off, even when its result looks whole', async () => {
	const root = emptyFolder();
	const place = placeOf(root);
	await perform(place, counting(root));
	stamps(place.stamps).begin('count');
	const clear = vi.fn();
	expect(await perform(place, counting(root, { clear, alreadyThere: () => true }))).toBe(true);
	expect(clear).toHaveBeenCalledOnce();
	expect(said).toMatch(/did not finish, so this step starts afresh/);
});

test('that fails is named, with what the program said, and is not done', async () => {
	const root = emptyFolder();
	const place = placeOf(root);
	const failing = counting(root, {
		commands: () => [program('console.error("no such wheel"); process.exit(3)')]
	});
	await expect(perform(place, failing)).rejects.toMatchObject({
		words: { code: 'step-failed', why: expect.stringContaining('no such wheel') }
	});
	expect(readFileSync(join(place.logs, 'count.log'), 'utf8')).toMatch(/no such wheel/);
	expect(stamps(place.stamps).wasInterrupted('count')).toBe(true);
	expect(await perform(place, counting(root))).toBe(true);
});

test('that failed before it changed anything need not start afresh', async () => {
	const root = emptyFolder();
	const place = placeOf(root);
	const offline = counting(root, {
		commands: () => [program('console.error("ENOTFOUND"); process.exit(1)')],
		changedNothing: () => true
	});
	await expect(perform(place, offline)).rejects.toMatchObject({ words: { code: 'no-network' } });
	expect(stamps(place.stamps).wasInterrupted('count')).toBe(false);
});

test('that ends as if all were well, but says that its result is broken, has failed', async () => {
	const root = emptyFolder();
	const full = counting(root, {
		spoiled: /TAR_ENTRY_ERROR/,
		commands: () => [program('console.error("npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left")')]
	});
	await expect(perform(placeOf(root), full)).rejects.toMatchObject({
		words: { code: 'disk-full' }
	});
});

test('is not begun when there is no room for it', async () => {
	const root = emptyFolder();
	const huge = counting(root, { needMb: 1e12 });
	await expect(perform(placeOf(root), huge)).rejects.toMatchObject({
		words: { code: 'disk-full' }
	});
	expect(existsSync(join(root, 'made'))).toBe(false);
	expect(stamps(placeOf(root).stamps).wasInterrupted('count')).toBe(false);
});

test('whose program does not exist says so', async () => {
	const root = emptyFolder();
	const step = counting(root, { commands: () => [{ command: join(root, 'nothing'), args: [] }] });
	await expect(perform(placeOf(root), step)).rejects.toMatchObject({
		words: { why: expect.stringContaining('ENOENT') }
	});
});
