import { expect, test } from 'vitest';
import type { Detail } from './problem-text';
import { problemText, type ProblemCode } from './problem';

function said(code: ProblemCode, detail: Detail) {
	const { what, why, next } = problemText({ code, detail });
	return [what, why, next.replace(' Everything you wrote and every output is kept.', '')];
}

const IN_CELL = { sure: 1, cell: 'c', cellName: 'Cell 3' };

test('stopped at its bound while training, with the batch that would fit', () => {
	const training = { doing: 'training', step: 40, of: 200, fits: 8 };
	expect(
		said('kernel-over-bound', { ...IN_CELL, ...training, memoryMb: 3072, boundMb: 3072 })
	).toEqual([
		'Python was stopped at 3 GB of its 3 GB while training in cell 3, after step 40 of 200.',
		'One Python may have no more here, so that the computer stays usable for everything else.',
		'By what this training measured, a batch of 8 would fit: set per_device_train_batch_size=8.'
	]);
});

test('no batch is named that was not measured', () => {
	const training = { doing: 'training', step: null, of: 200, fits: null };
	const [what, , next] = said('kernel-over-bound', { ...IN_CELL, ...training, memoryMb: 3330 });
	expect(what).toContain('at 3.3 GB while training in cell 3, before its first step');
	expect(next).not.toMatch(/batch of \d/);
	expect(next).toContain('Take a smaller batch');
});

test('out of memory while a model was loaded: counted by the system, or only likely', () => {
	const loading = { doing: 'loading', model: 'distilgpt2' };
	const numbers = { memoryMb: 5120, machineMb: 8192, freeMb: 205 };
	const detail = { ...IN_CELL, ...loading, ...numbers };
	expect(said('kernel-out-of-memory', detail)).toEqual([
		'The computer ran out of memory and ended Python while loading the model distilgpt2 in cell 3.',
		'Python held 5 GB. The system counted a program that it ended for want of memory at that moment; it has 205 MB of 8 GB free.',
		'Close other programs. Take a smaller model, or restart before you load another one.'
	]);
	const [what, why] = said('kernel-out-of-memory', { ...detail, sure: 0 });
	expect(what).toContain('probably');
	expect(why).toMatch(/^Nobody left a reason\..*likely cause\.$/);
});

test('ended from outside, with the memory there was', () => {
	const numbers = { signal: 'SIGKILL', machineMb: 24105, freeMb: 21441 };
	expect(said('kernel-killed', { ...IN_CELL, ...numbers })).toEqual([
		'Python was ended from outside while running cell 3.',
		'It got the signal SIGKILL: from another program, from a person, or from the cell itself. The computer had 20.9 GB of 23.5 GB free.',
		'Start it again.'
	]);
});

test('ended by itself, with the exit code', () => {
	expect(said('kernel-exited', { ...IN_CELL, exitCode: 3, full: 'disk' }).slice(0, 2)).toEqual([
		'Python ended by itself while running cell 3, with exit code 3.',
		'That happens when a cell, or a library in it, calls exit(), quit() or os._exit(). The disk had no room left at that moment.'
	]);
});

test('a fault in machine code, with its place', () => {
	const place = 'string_at, line 519 of __init__.py';
	expect(said('kernel-crashed', { ...IN_CELL, signal: 'SIGSEGV', where: place })[1]).toBe(
		'It ended with signal SIGSEGV: machine code, not Python, used memory that is not its own. It was called in string_at, line 519 of __init__.py.'
	);
	expect(said('kernel-crashed', { signal: 'SIGBUS', full: 'shared-memory' })).toEqual([
		'Python crashed while no cell was running.',
		expect.stringContaining('/dev/shm'),
		expect.any(String)
	]);
});

test('an end that nobody saw says so', () => {
	expect(said('kernel-lost', { sure: 1 })[0]).toBe(
		'Python ended while no cell was running, and nobody saw how.'
	);
});

test('a death without any detail, as in an old journal, is still a whole sentence', () => {
	for (const code of ['kernel-killed', 'kernel-exited', 'kernel-crashed', 'kernel-lost'] as const)
		for (const sentence of Object.values(problemText({ code })))
			expect(sentence).not.toMatch(/undefined|null|NaN/);
});
