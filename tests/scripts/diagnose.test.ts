import { expect, test } from 'vitest';
import { diagnose, diagnoseError } from '../../scripts/setup/diagnose.mjs';
import { inWords } from '../../scripts/setup/trouble.mjs';

const about = {
	step: 'install things',
	folder: '/there',
	needMb: 900,
	freeMb: 120,
	log: 'the.log'
};

const SAID = [
	['disk-full', 'npm error code ENOSPC'],
	['disk-full', 'OSError: [Errno 28] No space left on device'],
	[
		'disk-full',
		'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'
	],
	['no-network', 'npm error code ENOTFOUND'],
	[
		'no-network',
		'npm error network request to https://example.org/x failed, reason: getaddrinfo EAI_AGAIN'
	],
	[
		'no-network',
		'WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError(…)'
	],
	[
		'no-network',
		'Temporary failure in name resolution\nERROR: No matching distribution found for torch'
	],
	['bad-certificate', 'npm error code SELF_SIGNED_CERT_IN_CHAIN'],
	[
		'bad-certificate',
		'ssl.SSLCertVerificationError: certificate verify failed: Max retries exceeded'
	],
	['read-only', 'npm error code EACCES'],
	['read-only', "OSError: [Errno 30] Read-only file system: '/there/.venv'"],
	['lock-mismatch', 'npm error `npm ci` can only install packages when your package.json and …'],
	['step-failed', 'Something nobody has thought of']
] as const;

test.each(SAID)('%s is what "%s" means', (code, text) => {
	expect(diagnose(about, text.split('\n')).words.code).toBe(code);
});

test('every message says what, why and what to do, and a full disk says both sizes', () => {
	const words = inWords(diagnose(about, ['ENOSPC']));
	expect(words).toMatch(/no room.*install things/);
	expect(words).toMatch(/Why: It needs about 900 MB and only 120 MB are free/);
	expect(words).toMatch(/What to do: Free some space/);
	expect(words).toMatch(/\(disk-full\)/);
});

test('an unknown failure shows its last lines and where the rest is', () => {
	const words = inWords(diagnose(about, ['first', 'last words']));
	expect(words).toMatch(/last words/);
	expect(words).toMatch(/the\.log/);
});

test('errors of our own writing are understood too, and a bug stays a bug', () => {
	const error = (code: string) => Object.assign(new Error('write'), { code });
	expect(diagnoseError(error('ENOSPC'), '/there')?.words.code).toBe('disk-full');
	expect(diagnoseError(error('EROFS'), '/there')?.words.what).toMatch('/there');
	expect(diagnoseError(error('ERR_INVALID_ARG_TYPE'), '/there')).toBeNull();
	expect(diagnoseError(new TypeError('x is undefined'), '/there')).toBeNull();
});
