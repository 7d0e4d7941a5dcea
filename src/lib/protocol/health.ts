/**
 * How an installation is: what `/health` says as JSON, and what the page at `/health` draws.
 *
 * Sizes in bytes, times in milliseconds since 1970, processor use in cores (1: one core is busy all
 * the time). `null`: not known, or not yet. Nothing a learner wrote is in it, and no path.
 */
import type { ProblemCode } from '$lib/notebook/problem';

/** One value for each half minute of the last hour, oldest first; the highest that was seen in it. */
export type History = readonly (number | null)[];

export type KernelCondition =
	'waiting' | 'starting' | 'idle' | 'busy' | 'training' | 'frozen' | 'dead';

export type Start =
	| { readonly type: 'forked' }
	/** Taken from the pool of started ones. */
	| { readonly type: 'pooled' }
	/** The ordinary way, and why: see `Reason` in kernel/host/fork/port.py. */
	| { readonly type: 'cold'; readonly because: string | null };

export interface Use {
	readonly pid: number | null;
	readonly memory: number | null;
	/** Pages that several processes have in common are shared out among them, or counted in full. */
	readonly shared: 'fair' | 'full';
	readonly cpu: number | null;
	/** Processor time since it began, seconds. */
	readonly cpuSeconds: number | null;
	/** When its process began. */
	readonly since: number | null;
	readonly memoryHistory: History;
	readonly cpuHistory: History;
}

export interface TrainingFacts {
	readonly step: number;
	readonly total: number;
	/** The last loss that was told. JSON has no NaN: that is the text "NaN". */
	readonly loss: number | string | null;
}

export interface KernelHealth extends Use {
	/** The kernel's id; `null`: it has not been started yet. */
	readonly id: string | null;
	/** `null`: there is one learner only, or nobody uses it. */
	readonly learner: string | null;
	/** The lesson's title; `null`: no lesson uses this kernel. */
	readonly lesson: string | null;
	readonly condition: KernelCondition;
	/** Place in the line of starts, counted from 1, while it waits. */
	readonly place: number | null;
	/** Seconds until its turn. */
	readonly wait: number | null;
	readonly training: TrainingFacts | null;
	/** Code of the problem it died of. */
	readonly problem: ProblemCode | null;
	/** Memory it may have. */
	readonly bound: number | null;
	readonly processes: number | null;
	readonly start: Start | null;
}

export interface Health {
	readonly at: number;
	readonly version: string;
	readonly checks: readonly Check[];
	readonly kernels: readonly KernelHealth[];
	readonly queue: {
		readonly waiting: number;
		readonly starting: number;
		readonly history: History;
	};
	readonly disk: DiskFacts & { readonly history: History };
	readonly database: DatabaseFacts & { readonly history: History };
	readonly host: Use & {
		/** "none": no lesson has been opened since the start, so nothing had to be started. */
		readonly state: 'running' | 'none' | 'silent';
		readonly version: string | null;
		/** It runs as another user than the app: file permissions keep the two apart as well. */
		readonly isApart: boolean;
	};
	/** What has the libraries loaded in advance: a template that forks, or a pool of started kernels. */
	readonly template: Use & {
		readonly kind: 'template' | 'pool';
		readonly state: 'ready' | 'missing' | 'unknown';
		/** Why there is none: see `Reason` in kernel/host/fork/port.py. */
		readonly whyNot: string | null;
	};
	readonly web: Use & { readonly isRoot: boolean };
	readonly walls: WallsFacts;
}

/** One thing that must be right before the app may be used. */
export interface Check {
	readonly name: 'database' | 'disk' | 'host' | 'walls' | 'stopping';
	readonly ok: boolean;
	/** What was found, and when it is not right what to do. */
	readonly words: string;
}

export interface DiskFacts {
	/** Room that is left for the data folder. */
	readonly free: number | null;
	readonly total: number | null;
	/** All files of the data folder; counted every few minutes. */
	readonly data: number | null;
	/** Files and folders that are not in it: closed, too deep, or too many. */
	readonly left: number;
}

export interface DatabaseFacts {
	readonly size: number | null;
	/** The part that is not yet in the main file (SQLite's write-ahead log). */
	readonly pending: number | null;
	/** Entries in the journals of all lessons. */
	readonly entries: number | null;
	readonly lastWrite: number | null;
	/** When the file was last looked through for damage. */
	readonly checked: number | null;
	readonly backup: number | null;
	/** Why it cannot be used. */
	readonly problem: string | null;
}

export interface WallsFacts {
	/** Whether kernels are started behind walls; `null`: no host runs that could say. */
	readonly on: boolean | null;
	readonly isClass: boolean;
	/** It was said at the start, in so many words, that this class does without. */
	readonly isWaived: boolean;
	/** What the doctor found when this app was started: see docs/walls.md. */
	readonly tier: string | null;
}
