/** Why a kernel could not be had, or is cut off → the problem the learner is told. Pure. */
import type { Problem } from '$lib/notebook/problem';
import { JupyterFailure } from '../jupyter/failure';
import { RemoteFailure } from '../jupyter/remote/failure';

export function startProblem(error: Error): Problem {
	if (error instanceof JupyterFailure && error.code === 'host-replaced')
		return { code: 'host-replaced' };
	if (error instanceof RemoteFailure) return { code: error.code, detail: error.detail };
	return { code: 'kernel-start-failed', detail: { reason: error.message } };
}

/** The kernel goes on meanwhile. What mends itself is told as such. */
export function awayProblem(error: Error): Problem {
	const problem = startProblem(error);
	return problem.code === 'remote-unreachable' || problem.code === 'remote-busy'
		? { ...problem, code: 'remote-away' }
		: problem;
}
