/**
 * What the rest of the server may know about Jupyter: a host that starts kernels, and a link to one of them.
 *
 * Life cycle: `KernelHost.start` gives a link to a new kernel; `detach` leaves the kernel running and
 * `attach` finds it again, also from another process; `shutdown` ends it. Every message carries its
 * number on the host's tape (1, 2, 3 …); a listener sees each number once and in order, and `ack`
 * lets the host forget what has been kept elsewhere.
 *
 * Knows nothing of sessions, cells or notebooks, and names no type of a vendor.
 */
export type MimeBundle = Readonly<Record<string, unknown>>;

export type KernelMessage =
	| { readonly type: 'busy'; readonly execution: string }
	| {
			readonly type: 'started';
			readonly execution: string;
			readonly count: number;
			readonly code: string;
			/** It was sent to run beside what runs. */
			readonly beside: boolean;
	  }
	| {
			readonly type: 'stream';
			readonly execution: string;
			readonly name: 'stdout' | 'stderr';
			readonly text: string;
	  }
	| {
			readonly type: 'display';
			readonly execution: string;
			readonly data: MimeBundle;
			readonly metadata: MimeBundle;
			readonly displayId: string | null;
	  }
	| {
			readonly type: 'result';
			readonly execution: string;
			readonly count: number;
			readonly data: MimeBundle;
			readonly metadata: MimeBundle;
			readonly displayId: string | null;
	  }
	| {
			readonly type: 'display-updated';
			readonly execution: string;
			readonly displayId: string;
			readonly data: MimeBundle;
			readonly metadata: MimeBundle;
	  }
	| { readonly type: 'cleared'; readonly execution: string; readonly wait: boolean }
	| (Failure & { readonly type: 'error' })
	| {
			readonly type: 'input-requested';
			readonly execution: string;
			readonly prompt: string;
			readonly password: boolean;
	  }
	| { readonly type: 'page'; readonly execution: string; readonly data: MimeBundle }
	/** The reply to it says that it failed, or was never run. It comes before `idle` or after it. */
	| (Failure & { readonly type: 'replied'; readonly outcome: 'error' | 'aborted' })
	| { readonly type: 'idle'; readonly execution: string }
	/** It said something that nobody can read. */
	| { readonly type: 'unreadable'; readonly execution: string }
	/** Nobody has used it for long: it was stopped for a while, or is woken; it will soon be put away, or was. */
	| {
			readonly type: 'rest';
			readonly state: 'frozen' | 'awake' | 'ending' | 'ended';
			readonly why: 'unused' | 'memory';
			/** Seconds since it was last used. */
			readonly unusedS: number;
			/** Seconds until it is put away; `null`: not said. */
			readonly endsInS: number | null;
	  }
	| (Death & { readonly type: 'died' });

export interface Failure {
	readonly execution: string;
	readonly name: string;
	readonly message: string;
	readonly traceback: readonly string[];
}

/** What ended a kernel's process; see kernel/host/deaths.py. */
export type DeathCause =
	'exit' | 'signal' | 'fault' | 'memory' | 'bound' | 'disk' | 'host-ended' | 'unknown';

/** How a kernel's process ended. Megabytes are 2^20 bytes; `null`: not known. */
export interface Death {
	readonly cause: DeathCause;
	/** There is proof of the cause; otherwise it is the one that fits the signs best. */
	readonly sure: boolean;
	readonly exitCode: number | null;
	readonly signal: string | null;
	/** What it held at last. */
	readonly memoryMb: number | null;
	/** What one kernel may hold. */
	readonly boundMb: number | null;
	/** What the machine has for all, and what of it was free. */
	readonly machineMb: number | null;
	readonly freeMb: number | null;
	/** What had no room left. */
	readonly full: 'disk' | 'shared-memory' | null;
	readonly doing: Doing | null;
	/** Rows of a batch that would have fitted, as the training itself measured. */
	readonly fits: number | null;
	/** Where in Python a fault happened. */
	readonly where: string | null;
}

/** What the library was at. */
export interface Doing {
	readonly kind: 'training' | 'loading';
	readonly model: string | null;
	readonly step: number | null;
	readonly of: number | null;
}

/** "forked": in a moment; "pooled": likewise, but the next one will not be; "cold": with seconds of work. */
export type Started = 'forked' | 'pooled' | 'cold';

export type StartStage = 'host' | 'python' | 'answering';

export interface KernelListener {
	/** In tape order; exactly once for a link made with `after`. */
	message(message: KernelMessage, tape: number): void;
	/** The link is gone for good; the session decides what to do. `detail` is for a log. */
	lost(reason: 'host-died' | 'kernel-gone', detail: string): void;
	/** The way to the kernel is cut, for the reason given, or open again. The kernel goes on. */
	connection?(trouble: Error | null): void;
}

export interface ExecuteOptions {
	readonly silent?: boolean;
	readonly storeHistory?: boolean;
	/** Begins at once, beside what runs; several such run one after the other. */
	readonly beside?: boolean;
	/** Tells `train` to go on with the run that was paused. */
	readonly goOn?: boolean;
}

/** What a kernel does at once, whatever it runs. */
export type KernelRequest =
	/** Ends each training after the step it is in. */
	| { readonly do: 'pause' }
	/** Interrupts an execution that runs beside others, at its next line of Python. */
	| { readonly do: 'interrupt'; readonly execution: string };

export interface Completion {
	readonly matches: readonly string[];
	readonly from: number;
	readonly to: number;
}

/** An attached kernel. */
export interface KernelLink {
	/** The kernel's id: give it to `attach` to come back. */
	readonly kernel: string;
	/** How the process that runs now was started; `null`: the host does not say. */
	readonly started: Started | null;
	/** Runs `code`; every message it causes carries `execution`, which must be unique for the kernel. */
	execute(execution: string, code: string, options?: ExecuteOptions): void;
	/**
	 * Answers an `input-requested` of this execution.
	 * @param question a number of its own for each: what has the same is taken once
	 */
	answer(execution: string, question: number, text: string): void;
	/** Interrupts what runs in its turn; what runs beside it goes on. */
	interrupt(): Promise<void>;
	/** Resolves when it is done, or when the kernel has ended. */
	request(request: KernelRequest): Promise<void>;
	/**
	 * Resolves when all that was sent before has begun, or has to wait for what runs. At most 2 s, once
	 * the kernel can be reached.
	 */
	settled(): Promise<void>;
	/** Resolves when the new process answers. The kernel's id and the tape's numbers go on. */
	restart(): Promise<void>;
	/** `cursor`, `from` and `to` count UTF-16 units. A busy kernel gives none, after 2 s. */
	complete(code: string, cursor: number): Promise<Completion>;
	/** `null`: nothing known, or the kernel is busy. */
	inspect(code: string, cursor: number): Promise<MimeBundle | null>;
	/** Everything up to and including `tape` is safe here: the host may forget it. */
	ack(tape: number): void;
	/** Ends the kernel. */
	shutdown(): Promise<void>;
	/** Leaves the kernel running; the listener hears nothing more. */
	detach(): void;
}

export interface StartOptions {
	readonly cwd: string;
	readonly listener: KernelListener;
	/** Without the learner's own start-up files; only where `startsSafely`. */
	readonly safe?: boolean;
	stage(text: StartStage): void;
}

export interface AttachOptions {
	readonly kernel: string;
	readonly after: number;
	readonly listener: KernelListener;
	/** Where a process that is started anew is to work, if the host does not know it. */
	readonly cwd?: string;
}

export interface KernelHost {
	/** It can start a kernel without what a learner wrote for each start. */
	readonly startsSafely: boolean;
	/** Starts the host if it does not run, so that the first `start` does not wait for it. */
	prepare(): Promise<void>;
	start(options: StartOptions): Promise<KernelLink>;
	/** `null`: there is no such kernel any more. */
	attach(options: AttachOptions): Promise<KernelLink | null>;
	/**
	 * Ends every kernel but these. For the beginning: a kernel whose id was not written down before this
	 * process was killed is known to nobody.
	 */
	endOthers(known: readonly string[]): Promise<void>;
	/** Ends the host process and every kernel in it. */
	stop(): Promise<void>;
}
