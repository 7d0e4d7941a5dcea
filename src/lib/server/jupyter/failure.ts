/** Why the host or a kernel could not be had. The words for the learner are made elsewhere. */
export type FailureCode =
	| 'no-python'
	| 'host-not-started'
	| 'host-silent'
	| 'host-died'
	/** It died, and another one takes its place just now. */
	| 'host-replaced'
	| 'kernel-not-started'
	| 'kernel-silent'
	/** The machine has no memory left for one more kernel, just now. */
	| 'no-memory';

export class JupyterFailure extends Error {
	override readonly name = 'JupyterFailure';
	readonly code: FailureCode;
	/** Last lines of the process's own log; may be empty. */
	readonly log: string;

	constructor(code: FailureCode, message: string, log = '') {
		super(log === '' ? message : `${message}\n${log}`);
		this.code = code;
		this.log = log;
	}
}
