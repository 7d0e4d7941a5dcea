/**
 * Makes a kernel of another server one of ours: looks at its Python, sends our files if they are not
 * there, and begins. docs/remote.md says what that machine needs.
 */
import type { MimeBundle } from '../port';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callRequest, type Called, readCall } from './evaluate';
import { RemoteFailure } from './failure';
import type { Line } from './line';
import { parcelOf } from './parcel';
import { judgePackages, readNeeds } from './needs';

/** A busy machine, or a disk on a network, may take its time; Python itself has begun by then. */
const STEP_MS = 60_000;

export interface Setup {
	/** Holds `kernel/` and the list of packages. */
	readonly root: string;
	/** Below the home there, with slashes: the folder of this learner and lesson. */
	readonly work: string;
}

/**
 * @param after the number that the kernel's own tape begins after
 * @throws RemoteFailure
 */
export async function setUp(
	line: Line,
	address: string,
	setup: Setup,
	after: number
): Promise<void> {
	const folder = join(setup.root, 'kernel');
	const needs = readNeeds(readFileSync(join(setup.root, 'requirements.txt'), 'utf8'));
	const parcel = parcelOf(folder);
	const call = caller(line, address, join(folder, 'host', 'elsewhere'));
	const found = await call('look', {
		packages: needs.map(({ name }) => name),
		digest: parcel.digest
	});
	const lacking = judgePackages(needs, found);
	if (lacking) throw new RemoteFailure('remote-packages', { address, ...lacking });
	const files = String(found['folder']);
	if (found['there'] !== true) {
		const pieces = parcel.pieces();
		for (const [index, piece] of pieces.entries())
			await call('receive', { folder: files, piece, last: index === pieces.length - 1 });
	}
	await call('begin', { folder: files, work: setup.work, after });
}

type Call = (name: string, given: MimeBundle) => Promise<MimeBundle>;

/** Each function is the one of its module's name, and is sent as it stands there. */
function caller(line: Line, address: string, folder: string): Call {
	return async (name, given) => {
		const source = readFileSync(join(folder, `${name}.py`), 'utf8');
		const content = callRequest(source, name, given);
		const question = { channel: 'shell', type: 'execute_request', content } as const;
		const called: Called = readCall(await line.ask(question, STEP_MS));
		if (called.ok) return called.value;
		throw new RemoteFailure('remote-silent', { address, step: name, said: called.error });
	};
}
