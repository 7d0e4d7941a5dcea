import type { Problem } from './problem';

/** Where the kernel of a lesson stands. "Busy" is not a phase: it follows from the cells. */
export type KernelPhase = 'off' | 'starting' | 'ready' | 'dead';

/** What is being done while `phase` is "starting". */
export type KernelStage = 'line' | 'host' | 'python' | 'answering' | 'library';

/** Where the start stands among those of others. */
export interface KernelLine {
	/** 1: next. */
	readonly place: number;
	/** Seconds until its turn; `null`: nobody can say. */
	readonly seconds: number | null;
	/** The machine has no memory left for one more. */
	readonly shortOfMemory: boolean;
}

/** A kernel that nobody has used for long. */
export interface KernelRest {
	/** "frozen": it holds its memory but does nothing; the next run wakes it. */
	readonly state: 'frozen' | 'ending';
	/** Minutes without use, when this was told. */
	readonly unused: number;
	/** Minutes until it is put away, when this was told; `null`: that was not said. */
	readonly left: number | null;
}

export interface KernelState {
	readonly phase: KernelPhase;
	readonly stage: KernelStage | null;
	/** Raised by each start; outputs of an earlier generation are greyed. */
	readonly generation: number;
	/** Why the kernel is dead or could not start. */
	readonly problem: Problem | null;
	/** When this state began, milliseconds since 1970. */
	readonly since: number;
	/** Only while `stage` is "line". */
	readonly line?: KernelLine;
	/** Absent: it is in use, or was a while ago. */
	readonly rest?: KernelRest;
	/**
	 * "on": it was started without the learner's own start-up files; "offered": it was not, and can be.
	 * Absent: such a start cannot be had.
	 */
	readonly safe?: 'offered' | 'on';
}

export const KERNEL_OFF: KernelState = {
	phase: 'off',
	stage: null,
	generation: 0,
	problem: null,
	since: 0
};

/** What the learner must know of a kernel that does not read their start-up files; `null`: it does. */
export function safeProblem({ phase, safe }: KernelState): Problem | null {
	return phase === 'ready' && safe === 'on' ? { code: 'kernel-safe' } : null;
}

/** What the learner must know of a kernel that is about to be put away; `null`: it is not. */
export function endingProblem({ phase, rest }: KernelState): Problem | null {
	if (phase !== 'ready' || rest?.state !== 'ending') return null;
	return { code: 'kernel-unused', detail: { minutes: rest.unused, left: rest.left } };
}
