import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decideWalls } from '../../scripts/start/walls.mjs';
import { WAIVER } from '../../scripts/start/options.mjs';
import { writeFiles } from './folder';
import { freePort, installation, readJson, type Installation } from './installation';

const TRIALS = [
	{ name: 'bubblewrap is installed', ok: false, found: 'not found', remedy: 'Install it.' },
	{ name: 'the system is Linux', ok: true, found: 'linux', remedy: '' }
];
const FOUND = {
	full: { name: 'full', fit_for_class: true, words: 'They hold.', trials: [] },
	thin: { name: 'thin', fit_for_class: false, words: 'Thin ones.', trials: TRIALS },
	none: { name: 'none', fit_for_class: false, words: 'There are no walls.', trials: TRIALS }
};
type Tier = keyof typeof FOUND;

function decide(tier: Tier, asked: { isClass?: boolean; walls?: boolean; waived?: boolean }) {
	const options = { port: 1, host: '', origin: null, open: false, setUp: false };
	const usual = { isClass: false, walls: false, waived: false };
	try {
		return decideWalls({ ...options, ...usual, ...asked }, FOUND[tier]);
	} catch (error) {
		return (error as { words: { code: string } }).words.code;
	}
}

describe('what follows from what was asked and what was found', () => {
	test.each([
		[
			'full',
			{ isClass: true },
			{ on: true, isClass: true, isWaived: false, isWeak: false, tier: 'full' }
		],
		['thin', { isClass: true }, 'no-class'],
		['none', { isClass: true }, 'no-class'],
		['full', { isClass: true, waived: true }, { on: true, isWaived: false }],
		['thin', { isClass: true, waived: true }, { on: true, isWaived: true, tier: 'thin' }],
		['none', { isClass: true, waived: true }, { on: false, isWaived: true, tier: 'none' }],
		['thin', { walls: true }, { on: true, isClass: false, isWaived: false, isWeak: true }],
		['none', { walls: true }, 'walls-missing']
	] as const)('%s, %j', (tier, asked, expected) => {
		const decided = decide(tier, asked);
		if (typeof expected === 'string') expect(decided).toBe(expected);
		else expect(decided).toMatchObject(expected);
	});
});

/** An installation whose doctor says what is given; a shell plays Python. */
function withDoctor(words: string): readonly [Installation, NodeJS.ProcessEnv] {
	const there = installation();
	writeFiles(there.root, { 'kernel/doctor.py': `cat <<'END'\n${words}\nEND\n` });
	return [there, { TUNINGFORK_PYTHON: '/bin/sh' }];
}

test('a class does not start where its learners are not kept apart, and hears what to do', () => {
	const [there, env] = withDoctor(JSON.stringify(FOUND.none));
	const { code, said } = there.run(['start', '--no-setup', '--class'], env);
	expect(code).toBe(1);
	expect(said).toMatch(/does not keep its learners apart.*no walls.*Install it.*\(no-class\)/s);
	expect(said).toContain(WAIVER);
});

test('a doctor that cannot speak is no permission', () => {
	const [there, env] = withDoctor('Segmentation fault');
	const { code, said } = there.run(['start', '--no-setup', '--class', WAIVER], env);
	expect(code).toBe(1);
	expect(said).toMatch(/could not be tried.*Segmentation fault.*\(doctor-silent\)/s);
});

test('the app is told: class, walls, tier; and a start for one person is not taken for it', async () => {
	const [there, env] = withDoctor(JSON.stringify(FOUND.full));
	const port = String(await freePort());
	const alone = there.begin(['start', '--no-setup'], { ...env, TUNINGFORK_PORT: port });
	await alone.until(/is ready/);
	expect(readJson(join(there.data, 'seen.json'))).toMatchObject({
		TUNINGFORK_WALLS: '0',
		TUNINGFORK_CLASS: '0'
	});
	expect(there.run(['start', '--no-setup', '--class'], env).said).toMatch(/\(runs-otherwise\)/);
	there.run(['stop'], env);
	await alone.ended;
	const group = there.begin(['start', '--no-setup', '--class'], { ...env, TUNINGFORK_PORT: port });
	await group.until(/walled in: tier “full”.*is ready/s);
	expect(readJson(join(there.data, 'seen.json'))).toMatchObject({
		TUNINGFORK_WALLS: '1',
		TUNINGFORK_CLASS: '1',
		TUNINGFORK_WALLS_TIER: 'full',
		TUNINGFORK_WALLS_WAIVED: '0'
	});
	expect(readFileSync(join(there.data, 'run/web.json'), 'utf8')).toMatch(/"isClass":true/);
});

test('who waives the walls without a class has misunderstood', () => {
	const { code, said } = installation().run(['start', '--no-setup', WAIVER]);
	expect(code).toBe(1);
	expect(said).toMatch(/\(class-needed\)/);
});
