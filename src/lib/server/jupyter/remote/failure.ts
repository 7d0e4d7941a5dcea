/** Why nothing can be had from the Jupyter server at the address given. The words are in `$lib/notebook/problem-remote.ts`. */
export type RemoteCode =
	/** The address or the token cannot be read from the environment. */
	| 'remote-address'
	| 'remote-unreachable'
	| 'remote-certificate'
	| 'remote-refused'
	/** The answer sends us to another address, where the token must not go. */
	| 'remote-elsewhere'
	| 'remote-not-jupyter'
	/** A JupyterHub answers: the server of this user does not run. */
	| 'remote-stopped'
	| 'remote-busy'
	/** Something between here and there lets no WebSocket through. */
	| 'remote-no-websocket'
	| 'remote-no-kernel'
	| 'remote-packages'
	| 'remote-silent';

export type RemoteDetail = Readonly<Record<string, string | number | null>>;

export class RemoteFailure extends Error {
	override readonly name = 'RemoteFailure';

	constructor(
		readonly code: RemoteCode,
		readonly detail: RemoteDetail
	) {
		super(`${code}: ${JSON.stringify(detail)}`);
	}
}
