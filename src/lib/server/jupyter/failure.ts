/** Why the host or a kernel could not be had. The words for the learner are made elsewhere. */
export type FailureCode =
	| 'no-python'
	| 'host-not-started'
	| 'host-silent'
	| 'host-died'
	| 'kernel-not-started'
	| 'kernel-silent';

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
