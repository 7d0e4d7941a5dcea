import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../../scripts/setup/lock.mjs';
import { emptyFolder, writeFiles } from './folder';
import { installation, type Installation } from './installation';

const LOCK = '{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}';
const OTHER = '{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"0.9.0"}}}';

/** An installation whose packages are there, so that Python is what set-up looks for next. */
function withPackages(): Installation {
	const there = installation();
	writeFiles(there.root, {
		'package-lock.json': LOCK,
		'node_modules/.package-lock.json': LOCK,
		'requirements.txt': '',
		'requirements.lock': ''
	});
	return there;
}

/** A PATH on which only these commands exist. */
function pathWith(commands: Readonly<Record<string, string>>): string {
	const folder = emptyFolder();
	for (const [name, says] of Object.entries(commands)) {
		writeFiles(folder, { [name]: `#!/bin/sh\n${says}\n` });
		chmodSync(join(folder, name), 0o755);
	}
	return folder;
}

function pythonSaying(version: string, venv: boolean): string {
	const answer = `{"version":[${version}],"path":"/usr/bin/python3","venv":${String(venv)},"bits":64,"machine":"x"}`;
	return `echo '${answer}'`;
}

test('no Python: says so in words and ends with 1', () => {
	const { code, said } = withPackages().run(['start'], { PATH: pathWith({}) });
	expect(code).toBe(1);
	expect(said).toMatch(/No Python was found.*no Python on the PATH.*Install it.*\(no-python\)/s);
	expect(said).not.toMatch(/at .*\.mjs:\d+/);
});

test('an old Python is named with its version', () => {
	const { said } = withPackages().run(['start'], {
		PATH: pathWith({ python3: pythonSaying('3,9,2', true) })
	});
	expect(said).toMatch(/python3 is 3\.9\.2, too old/);
});

test('a Python without venv: names the package that brings it', () => {
	const { said } = withPackages().run(['start'], {
		PATH: pathWith({ python3: pythonSaying('3,11,2', false) })
	});
	expect(said).toMatch(/apt-get install python3\.11-venv.*\(no-venv\)/s);
});

test('a Python that only pretends to be one is passed over', () => {
	const path = pathWith({
		python3: 'echo "Python was not found; run without arguments to install"; exit 9'
	});
	expect(withPackages().run(['start'], { PATH: path }).said).toMatch(/\(no-python\)/);
});

test('no npm', () => {
	const there = withPackages();
	writeFiles(there.root, { 'node_modules/.package-lock.json': OTHER });
	expect(there.run(['start'], { PATH: pathWith({}) }).said).toMatch(
		/npm was not found.*\(npm-missing\)/s
	);
});

test('an npm that cannot reach its server: the network is named, and the next attempt is a whole one', () => {
	const there = withPackages();
	writeFiles(there.root, { 'node_modules/.package-lock.json': OTHER });
	const npm = join(there.root, 'lib/npm-cli.js');
	writeFiles(there.root, {
		'lib/npm-cli.js': 'console.error("npm error code ENOTFOUND"); process.exit(1);'
	});
	const { code, said } = there.run(['start'], { npm_execpath: npm });
	expect(code).toBe(1);
	expect(said).toMatch(/Next: install the JavaScript packages.*\(no-network\)/s);
	expect(existsSync(join(there.root, '.cache/setup/packages.done'))).toBe(false);
	expect(existsSync(join(there.root, '.cache/setup/lock'))).toBe(false);
});

test('a folder in which nothing can be written', () => {
	const there = withPackages();
	writeFiles(there.root, { '.cache': 'a file where a folder should be' });
	expect(there.run(['start']).said).toMatch(/Nothing can be written.*\(read-only\)/s);
});

test('a real Python environment is made once, from real files, and reused', () => {
	const there = withPackages();
	writeFiles(there.root, { 'node_modules/vite/bin/vite.js': 'console.log("built")' });
	const env = { TUNINGFORK_PORT: 'x' };
	expect(there.run(['verify'], env).said).toMatch(
		/install Python packages.*done in.*add the Python test tools/s
	);
	expect(existsSync(join(there.root, '.venv/pyvenv.cfg'))).toBe(true);
	expect(existsSync(join(there.root, '.cache/setup/python.done'))).toBe(true);
	expect(there.run(['verify'], env).said).not.toMatch(/install Python packages/);
});

test('a second set-up waits for the first, and a lock that was left behind is not believed', () => {
	const there = withPackages();
	writeFiles(there.root, { '.cache/setup/lock': String(2 ** 22 + 1) });
	expect(there.run(['start'], { PATH: pathWith({}) }).said).toMatch(/\(no-python\)/);
});

test('Ctrl-C in the middle of a step is no failure of the step', async () => {
	const there = withPackages();
	writeFiles(there.root, { 'node_modules/.package-lock.json': OTHER });
	const npm = join(there.root, 'lib/npm-cli.js');
	writeFiles(there.root, { 'lib/npm-cli.js': 'setInterval(() => {}, 1000)' });
	const run = there.begin(['start'], { npm_execpath: npm });
	await run.until(/Next: install the JavaScript packages/);
	await new Promise((resolve) => setTimeout(resolve, 300));
	run.child.kill('SIGINT');
	expect(await run.ended).toBe(130);
	expect(run.said()).toMatch(/Stopped during this step.*\(stopped\)/s);
	expect(existsSync(join(there.root, '.cache/setup/packages.begun'))).toBe(true);
});

test('a command nobody knows lists those there are', () => {
	const { code, said } = installation().run(['strat']);
	expect(code).toBe(1);
	expect(said).toMatch(/no command “strat”.*start, address, stop/);
});

test('npm is found through a link, as Linux packages lay it out', () => {
	const there = withPackages();
	writeFiles(there.root, {
		'node_modules/.package-lock.json': OTHER,
		'lib/npm/bin/npm-cli.js': 'console.error("npm error code ENOSPC"); process.exit(1);'
	});
	const bin = join(there.root, 'bin');
	mkdirSync(bin);
	symlinkSync(join(there.root, 'lib/npm/bin/npm-cli.js'), join(bin, 'npm'));
	const { said } = there.run(['start'], { PATH: [bin, dirname(process.execPath)].join(':') });
	expect(said).toMatch(/\(disk-full\)/);
});

test('Ctrl-C ends the wait for another set-up, and leaves its lock alone', async () => {
	const there = withPackages();
	const lock = join(there.root, '.cache/setup/lock');
	writeFiles(there.root, { '.cache/setup/lock': String(process.pid) });
	const run = there.begin(['start'], { PATH: pathWith({}) });
	await run.until(/Another set-up is running in this folder/);
	run.child.kill('SIGINT');
	expect(await run.ended).toBe(130);
	expect(readFileSync(lock, 'utf8')).toBe(String(process.pid));
});

test('no process has the number 0', () => {
	expect([isAlive(0), isAlive(-1), isAlive(NaN), isAlive(process.pid)]).toEqual([
		false,
		false,
		false,
		true
	]);
});
