/** Messages that the kernel did not send, but which its listener must hear. Pure. */
import type { RawMessage } from '../translate';

/** The process has ended; a foreign server does not say how. */
export function deathOf(tape: number): RawMessage {
	return { type: 'tuningfork_died', parent: '', parentType: '', beside: false, tape, content: {} };
}

const GAP =
	'\n[Output is missing here. More was printed than the other computer could keep while the connection to it was lost.]\n';

/** Below the cell whose message comes next. */
export function gapAfter(tape: number, next: RawMessage | undefined): RawMessage | null {
	if (next?.parentType !== 'execute_request') return null;
	return { ...next, type: 'stream', tape, content: { name: 'stderr', text: GAP } };
}

/** A request that never arrived: its cell has not run. */
export function unsentOf(execution: string, tape: number): readonly RawMessage[] {
	const about = { parent: execution, parentType: 'execute_request', beside: false, tape };
	const message =
		'The connection to the other computer broke just when this cell was sent. It has not run. Run it again.';
	const traceback = [`ConnectionLost: ${message}`];
	return [
		{ ...about, type: 'error', content: { ename: 'ConnectionLost', evalue: message, traceback } },
		{ ...about, type: 'status', content: { execution_state: 'idle' } }
	];
}
