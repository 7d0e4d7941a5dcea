import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { remoteAddress } from './address';
import { type Answer, failureOf, silenceOf } from './answer';
import { callRequest, readCall } from './evaluate';
import { RemoteFailure } from './failure';
import { chooseKernel } from './kernelspec';
import { judgePackages, readNeeds } from './needs';
import { gapAfter, unsentOf } from './notice';
import { parcelOf } from './parcel';

const URL_NAME = 'TUNINGFORK_JUPYTER_URL';

function codeOf(act: () => unknown): string {
	try {
		act();
	} catch (error) {
		if (error instanceof RemoteFailure)
			return `${error.code} ${String(error.detail['about'] ?? '')}`;
		throw error;
	}
	return 'none';
}

test.each([
	['http://there:8888', 'http://there:8888/'],
	['https://hub.example.org/user/ada/lab', 'https://hub.example.org/user/ada/'],
	['http://there/a/b/tree/x.ipynb', 'http://there/a/b/'],
	['http://there/api/', 'http://there/']
])('the address %s means %s', (given, url) => {
	expect(remoteAddress({ [URL_NAME]: given }).url).toBe(url);
});

test('what is no address, or has a secret in it, is refused by its cause', () => {
	const about = (given: string) => codeOf(() => remoteAddress({ [URL_NAME]: given }));
	expect(about('there:8888')).toBe('remote-address url');
	expect(about('http://me:secret@there/')).toBe('remote-address password');
	expect(about('http://there/?token=secret')).toBe('remote-address query');
});

test('a token from a file comes before one from the environment', () => {
	const folder = mkdtempSync(join(tmpdir(), 'tf-token-'));
	const file = join(folder, 'token');
	writeFileSync(file, 'inner\n');
	const env = { [URL_NAME]: 'http://there', TUNINGFORK_JUPYTER_TOKEN: 'outer' };
	expect(remoteAddress(env).token).toBe('outer');
	expect(remoteAddress({ ...env, TUNINGFORK_JUPYTER_TOKEN_FILE: file }).token).toBe('inner');
	rmSync(folder, { recursive: true });
});

const OK: Answer = { status: 200, type: 'application/json', location: null, text: '{}' };
const ANSWERS: readonly [string, Partial<Answer>, string | undefined][] = [
	['an answer', {}, undefined],
	['no token', { status: 403 }, 'remote-refused'],
	['a login page', { status: 302, location: '/hub/login?next=x' }, 'remote-refused'],
	['another place', { status: 301, location: 'https://else.where/' }, 'remote-elsewhere'],
	['a hub that has stopped it', { status: 424 }, 'remote-stopped'],
	['an older hub', { status: 503, text: 'ada is not running' }, 'remote-stopped'],
	['a proxy without a server', { status: 502, type: 'text/html' }, 'remote-busy'],
	['a web page', { type: 'text/html' }, 'remote-not-jupyter']
];

test.each(ANSWERS)('%s is told apart', (_name, part, code) => {
	expect(failureOf('http://there/', { ...OK, ...part })?.code).toBe(code);
});

test('where a redirect leads is told without its query', () => {
	const failure = failureOf('http://there/', {
		...OK,
		status: 302,
		location: 'http://x/y?t=secret'
	});
	expect(failure?.detail).toEqual({ address: 'http://there/', target: 'http://x/y' });
});

test('silence is told by what the system calls it', () => {
	const error = (code: string) =>
		new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
	const of = (code: string) => silenceOf('http://there/', error(code));
	expect(of('ENOTFOUND').detail).toMatchObject({ reason: 'name' });
	expect(of('ECONNREFUSED').detail).toMatchObject({ reason: 'refused' });
	expect(of('DEPTH_ZERO_SELF_SIGNED_CERT').code).toBe('remote-certificate');
	expect(of('EODD').detail).toMatchObject({ reason: null, code: 'EODD' });
});

test('the kernel that is named, else the default, else one of Python', () => {
	const spec = (language: string) => ({ spec: { language } });
	const address = { url: 'http://there/', token: '', kernel: null };
	const offered = { r: spec('R'), old: spec('python'), lab: spec('python') };
	const choose = (kernel: string | null, preferred: string, kernelspecs: object) =>
		chooseKernel({ ...address, kernel }, { default: preferred, kernelspecs });
	expect(choose(null, 'lab', offered)).toBe('lab');
	expect(choose(null, 'r', offered)).toBe('old');
	expect(choose('r', 'lab', offered)).toBe('r');
	expect(codeOf(() => choose('none', 'lab', offered))).toBe('remote-no-kernel ');
	expect(codeOf(() => choose(null, 'r', { r: spec('R') }))).toBe('remote-no-kernel ');
	expect(codeOf(() => chooseKernel(address, { name: 'not jupyter' }))).toBe('remote-not-jupyter ');
});

test('packages that are missing or of another generation come with the command that mends it', () => {
	const needs = readNeeds('# x\ntorch==2.13.0\njupyter_server==2.21.1\ntransformers==5.18.0\n');
	const found = { python: [3, 12, 1], executable: '/p/python' };
	const judge = (versions: object, python = [3, 12, 1]) =>
		judgePackages(needs, { ...found, python, versions });
	expect(judge({ torch: '2.9.1+cu130', transformers: '5.0.0' })).toBeNull();
	expect(judge({ torch: null, transformers: '4.57.1' })).toEqual({
		python: '',
		executable: '/p/python',
		lacking: 'torch, transformers (it has 4.57.1)',
		command: '/p/python -m pip install "torch==2.13.0" "transformers==5.18.0"'
	});
	expect(judge({}, [3, 10, 9])).toMatchObject({ python: '3.10.9', command: '' });
});

test('a call and what comes back', () => {
	const { code, silent } = callRequest('def f(a):\n    return {"a": a}', 'f', { a: '“x”\n' });
	expect([code, silent]).toEqual(['', true]);
	const answer = { status: 'ok', data: { 'application/json': { a: 1 } } };
	expect(readCall({ user_expressions: { answer } })).toEqual({ ok: true, value: { a: 1 } });
	const failed = { status: 'error', ename: 'OSError', evalue: 'full' };
	expect(readCall({ user_expressions: { answer: failed } })).toEqual({
		ok: false,
		error: 'OSError: full'
	});
	expect(readCall(null).ok).toBe(false);
});

test('the parcel holds our package and not what was compiled from it', () => {
	const folder = join(process.cwd(), 'kernel');
	const { digest, pieces } = parcelOf(folder);
	expect(digest).toMatch(/^[0-9a-f]{24}$/);
	expect(Math.max(...pieces().map(({ length }) => length))).toBeLessThanOrEqual(1024 ** 2);
	const packed = gunzipSync(Buffer.from(pieces().join(''), 'base64'));
	const names = Object.keys(JSON.parse(packed.toString()) as object);
	expect(names).toContain('tuningfork/loop.py');
	expect(names).toContain('tuningfork/weights/tiny-distilbert/model.safetensors');
	expect(names).toContain('host/elsewhere/reel.py');
	expect(names.filter((name) => /pycache|^host.(walls|fork)|\.pyc$/.test(name))).toEqual([]);
});

test('a gap is told below the cell that goes on; a request that never came ends its cell', () => {
	const next = { type: 'status', parent: 'c.1', parentType: 'execute_request', beside: false };
	const gap = gapAfter(7, { ...next, tape: 8, content: {} });
	expect(gap).toMatchObject({ type: 'stream', parent: 'c.1', tape: 7 });
	expect(gapAfter(7, undefined)).toBeNull();
	expect(unsentOf('c.2', 9).map(({ type, tape }) => [type, tape])).toEqual([
		['error', 9],
		['status', 9]
	]);
});
