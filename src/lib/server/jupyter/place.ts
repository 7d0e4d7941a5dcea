/** Where the host's Python and its runtime folder are. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `sun_path` holds 107 bytes; a kernel's longest socket adds 20 to the folder. */
const LONGEST_FOLDER = 86;

export interface HostPlace {
	readonly python: string;
	/** Holds the Python package `host`. */
	readonly kernelFolder: string;
	readonly runtime: string;
	/** Kernels are to be started behind walls: a host that was begun the other way is replaced. */
	readonly walls: boolean;
	/** The host is a service of another user: it is found here, and neither started nor stopped. */
	readonly isService: boolean;
}

export interface PlaceOptions {
	readonly root: string;
	readonly data: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly platform?: NodeJS.Platform;
}

export function hostPlace(options: PlaceOptions): HostPlace {
	const { root, env = process.env, platform = process.platform } = options;
	const inside = platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
	return {
		python: env['TUNINGFORK_PYTHON'] || join(root, '.venv', ...inside),
		kernelFolder: join(root, 'kernel'),
		runtime: runtimeFolder(env['TUNINGFORK_RUNTIME'] || join(options.data, 'run'), platform),
		walls: env['TUNINGFORK_WALLS'] === '1',
		isService: env['TUNINGFORK_KERNELS'] === 'service'
	};
}

/** Creates the folder, readable by this user only, and refuses one that belongs to somebody else. */
export function makePrivate(folder: string): void {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	if (process.platform === 'win32') return;
	if (statSync(folder).uid !== process.geteuid?.())
		throw new Error(`${folder} belongs to another user. Choose another in TUNINGFORK_RUNTIME.`);
	chmodSync(folder, 0o700);
}

function runtimeFolder(wanted: string, platform: NodeJS.Platform): string {
	if (platform === 'win32' || Buffer.byteLength(wanted) <= LONGEST_FOLDER) return wanted;
	const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
	return join(tmpdir(), `tuningfork-${name}`);
}
