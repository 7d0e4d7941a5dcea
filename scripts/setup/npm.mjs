/** How to call npm without a shell, on every system: its own script, run by a Node.js of our choice. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { npmMissing } from './trouble.mjs';

/**
 * @param {string} [node] the Node.js that shall run it
 * @param {NodeJS.ProcessEnv} [env]
 */
export function npmCommand(node = process.execPath, env = process.env) {
	const script = npmScript(env);
	if (script === null) throw npmMissing();
	return { command: node, args: [script] };
}

/** @param {NodeJS.ProcessEnv} env */
function npmScript(env) {
	const given = env['npm_execpath'];
	if (given !== undefined && /npm-cli\.c?js$/.test(given) && existsSync(given)) return given;
	const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
	return candidates(folders).find((path) => existsSync(path)) ?? null;
}

/** npm is a link to npm-cli.js on Linux and macOS; on Windows it lies beside node.exe. @param {string[]} folders */
function candidates(folders) {
	return folders.flatMap((folder) => {
		const link = join(folder, 'npm');
		const beside = [
			join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
			join(dirname(folder), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
			join(dirname(folder), 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js')
		];
		if (!existsSync(link)) return [];
		const real = realpathSync(link);
		return real.endsWith('npm-cli.js') ? [real] : beside;
	});
}
