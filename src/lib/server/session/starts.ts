/** How many kernels start at once on this machine, and which failed starts are made again. */
import { availableParallelism } from 'node:os';
import { JupyterFailure } from '../jupyter/failure';
import { Admission, type Setback } from './admission';
import type { Limits } from './line';

export function createAdmission(): Admission {
	const limits = limitsOf(process.env, availableParallelism());
	return new Admission({ limits, now: () => performance.now(), judge });
}

/** docs/decisions/0018-admission.md has the measurements. */
export function limitsOf(env: Readonly<Record<string, string | undefined>>, cores: number): Limits {
	const wanted = Number(env['TUNINGFORK_STARTS']);
	if (Number.isInteger(wanted) && wanted > 0) return { light: wanted, heavy: wanted };
	return { light: 2 * cores, heavy: cores };
}

export function judge(error: unknown): Setback {
	if (!(error instanceof JupyterFailure)) return 'lasting';
	switch (error.code) {
		case 'no-memory':
			return 'no-memory';
		case 'host-silent':
		case 'host-died':
		case 'host-replaced':
		case 'kernel-not-started':
		case 'kernel-silent':
			return 'passing';
		case 'no-python':
		case 'host-not-started':
			return 'lasting';
	}
}
