/** Whether the other machine's Python has what the lessons need. Pure. */
import type { RemoteDetail } from './failure';

export interface Need {
	readonly name: string;
	readonly version: string;
}

/** What our package imports; the rest of the list is for our own host. */
const USED = ['torch', 'transformers', 'accelerate', 'peft', 'safetensors', 'optuna'];
const OLDEST_PYTHON = [3, 11] as const;

/** @param text of requirements.txt: `name==version`, one a line */
export function readNeeds(text: string): readonly Need[] {
	return [...text.matchAll(/^([\w-]+)==([\w.]+)/gm)].flatMap(([, name, version]) =>
		name && version && USED.includes(name) ? [{ name, version }] : []
	);
}

/** What is not there or too old, and the command that mends it; `null`: all is well. */
export function judgePackages(
	needs: readonly Need[],
	found: Readonly<Record<string, unknown>>
): RemoteDetail | null {
	const python = Array.isArray(found['python']) ? found['python'].map(Number) : [];
	const executable = typeof found['executable'] === 'string' ? found['executable'] : 'python';
	const version = python.join('.');
	if (isOlder(python, OLDEST_PYTHON))
		return { python: version, executable, lacking: '', command: '' };
	const versions = (found['versions'] ?? {}) as Readonly<Record<string, unknown>>;
	const missing = needs.filter(({ name, version: wanted }) => !isGood(versions[name], wanted));
	if (missing.length === 0) return null;
	const lacking = missing.map(({ name }) => describe(name, versions[name])).join(', ');
	const wanted = missing.map(({ name, version: pinned }) => `"${name}==${pinned}"`).join(' ');
	return { python: '', executable, lacking, command: `${executable} -m pip install ${wanted}` };
}

/** Within one major version packages keep what we use; an older or newer one is not tried. */
function isGood(there: unknown, wanted: string): boolean {
	return typeof there === 'string' && parts(there)[0] === parts(wanted)[0];
}

function describe(name: string, there: unknown): string {
	return typeof there === 'string' ? `${name} (it has ${there})` : name;
}

function isOlder(there: readonly number[], oldest: readonly [number, number]): boolean {
	const [major = 0, minor = 0] = there;
	return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function parts(version: string): readonly number[] {
	return version.split(/[.+]/).map(Number);
}
