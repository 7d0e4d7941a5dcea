/**
 * In a class this process goes before kernels that compute, as the host does: what it is for, and what it takes,
 * is in kernel/host/ahead.py. Without the permission the class works all the same, with slower small cells.
 */
import { execFile } from 'node:child_process';
import { DATA, ROOT } from './paths';
import { hostPlace } from './jupyter/place';

export function goAhead(): void {
	if (process.env['TUNINGFORK_CLASS'] !== '1' || process.platform !== 'linux') return;
	const { python, kernelFolder } = hostPlace({ root: ROOT, data: DATA });
	const options = { cwd: kernelFolder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } };
	execFile(python, ['-m', 'host.ahead', String(process.pid)], options, (error, said) => {
		if (error) console.error(error);
		else if (said.trim() !== 'ahead')
			console.log('A learner who computes makes the others wait: see “npm run doctor”.');
	});
}
