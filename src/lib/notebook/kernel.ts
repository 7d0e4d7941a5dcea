import type { Problem } from './problem';

/** Where the kernel of a lesson stands. "Busy" is not a phase: it follows from the cells. */
export type KernelPhase = 'off' | 'starting' | 'ready' | 'dead';

/** What is being done while `phase` is "starting". */
export type KernelStage = 'host' | 'python' | 'answering' | 'library';

export interface KernelState {
	readonly phase: KernelPhase;
	readonly stage: KernelStage | null;
	/** Raised by each start; outputs of an earlier generation are greyed. */
	readonly generation: number;
	/** Why the kernel is dead or could not start. */
	readonly problem: Problem | null;
	/** When this state began, milliseconds since 1970. */
	readonly since: number;
}

export const KERNEL_OFF: KernelState = {
	phase: 'off',
	stage: null,
	generation: 0,
	problem: null,
	since: 0
};
