/** How a kernel ended → the problem the learner is told. Pure; the words are in `problem-death.ts`. */
import { cellName } from '$lib/notebook/name';
import { runningCell, type Notebook } from '$lib/notebook/notebook';
import type { Problem, ProblemCode } from '$lib/notebook/problem';
import type { Death, DeathCause } from '../jupyter/port';

export function deathProblem(death: Death): Problem {
	const { doing } = death;
	return {
		code: codeOf(death.cause),
		detail: {
			sure: death.sure ? 1 : 0,
			exitCode: death.exitCode,
			signal: death.signal,
			memoryMb: death.memoryMb,
			boundMb: death.boundMb,
			machineMb: death.machineMb,
			freeMb: death.freeMb,
			full: death.full,
			doing: doing?.kind ?? null,
			model: doing?.model ?? null,
			step: doing?.step ?? null,
			of: doing?.of ?? null,
			fits: death.fits,
			where: death.where
		}
	};
}

/** The same problem with the cell in it that was running. */
export function inCell(notebook: Notebook, problem: Problem): Problem {
	const cell = runningCell(notebook) ?? runningCell(notebook, 'beside');
	if (!cell) return problem;
	const where = { cell: cell.id, cellName: cellName(notebook, cell.id) };
	return { ...problem, detail: { ...problem.detail, ...where } };
}

/** Ends that a file may bring about which Python reads when it starts. */
const EARLY: readonly ProblemCode[] = [
	'kernel-start-failed',
	'kernel-exited',
	'kernel-crashed',
	'kernel-killed',
	'kernel-over-bound'
];

/** The same problem, with the mark that a start without the learner's own files may help. */
export function offerSafeStart(notebook: Notebook, problem: Problem): Problem {
	const { safe, generation } = notebook.kernel;
	if (safe !== 'offered' || !EARLY.includes(problem.code)) return problem;
	const hasRun = notebook.cells.some(
		({ run }) => run?.generation === generation && run.startedAt !== null
	);
	return hasRun ? problem : { ...problem, detail: { ...problem.detail, startup: 1 } };
}

function codeOf(cause: DeathCause): ProblemCode {
	switch (cause) {
		case 'exit':
			return 'kernel-exited';
		case 'signal':
			return 'kernel-killed';
		case 'fault':
			return 'kernel-crashed';
		case 'memory':
			return 'kernel-out-of-memory';
		case 'bound':
			return 'kernel-over-bound';
		case 'disk':
			return 'kernel-over-disk';
		case 'host-ended':
			return 'host-died';
		case 'unknown':
			return 'kernel-lost';
	}
}
