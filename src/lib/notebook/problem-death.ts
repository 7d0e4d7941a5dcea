/**
 * The words for the end of a Python: what ended it, with the numbers that were measured, and what to
 * do next. What is not certain is not said as if it were.
 *
 * Details, all optional: see `Death` in server/jupyter/port.ts; `cellName` is the cell that ran.
 */
import type { Detail, ProblemText } from './problem-text';

const KEPT = 'Everything you wrote and every output is kept.';

export const DEATHS = {
	'kernel-over-bound': (d) => ({
		what: `Python was stopped at ${size(d.memoryMb)}${ofBound(d)} ${during(d)}.`,
		why: isSure(d)
			? `One Python may have no more here, so that the computer stays usable for everything else.${disk(d)}`
			: `It ended with signal ${d.signal ?? 'unknown'}, as a library often does that gets no more memory, and it had nearly all that one Python may have here. That is the likely cause, not a certain one.${disk(d)}`,
		next: `${smaller(d)} ${KEPT}`
	}),
	'kernel-over-disk': (d) => ({
		what: `Python was stopped ${during(d)}, because your folder was full and it went on writing.`,
		why: 'Each person has so much room on this computer. The cell was interrupted when the folder was full, and did not stop.',
		next: `Start Python again and delete files you no longer need: !ls -lahS shows the largest, !rm NAME deletes one. ${KEPT}`
	}),
	'kernel-out-of-memory': (d) => ({
		what: isSure(d)
			? `The computer ran out of memory and ended Python ${during(d)}.`
			: `Python was ended from outside ${during(d)}, probably because the computer ran out of memory.`,
		why: isSure(d)
			? `Python held ${size(d.memoryMb)}. The system counted a program that it ended for want of memory at that moment${free(d, '; it has ')}.${disk(d)}`
			: `Nobody left a reason. Python held ${size(d.memoryMb)}${free(d, '; the computer had ')}, so too little memory is the likely cause.${disk(d)}`,
		next: `Close other programs. ${smaller(d)} ${KEPT}`
	}),
	'kernel-killed': (d) => ({
		what: `Python was ended from outside ${during(d)}.`,
		why: `It got the signal ${d.signal ?? 'unknown'}: from another program, from a person, or from the cell itself.${enough(d)}${disk(d)}`,
		next: `Start it again. ${KEPT}`
	}),
	'kernel-crashed': (d) => ({
		what: `Python crashed ${during(d)}.`,
		why: `It ended with signal ${d.signal ?? 'unknown'}: ${fault(d)}.${place(d)}${shared(d)}${disk(d)}`,
		next: `If it happens again at the same place, change that line, or take another version of the library it uses. ${KEPT}`
	}),
	'kernel-exited': (d) => ({
		what: `Python ended by itself ${during(d)}, with exit code ${d.exitCode ?? 'unknown'}.`,
		why: `That happens when a cell, or a library in it, calls exit(), quit() or os._exit().${disk(d)}`,
		next: `Take that call out before you run the cell again. ${KEPT}`
	}),
	'kernel-lost': (d) => ({
		what: `Python ended ${during(d)}, and nobody saw how.`,
		why: `The program that looks after it had been started anew, so there is no exit code and no signal to tell.${disk(d)}`,
		next: `Start it again. ${KEPT}`
	})
} satisfies Record<string, (detail: Detail) => ProblemText>;

/** Megabytes in words: "812 MB", "3 GB", "3.2 GB". */
function size(megabytes: Detail[string] | undefined): string {
	if (typeof megabytes !== 'number') return 'much memory';
	if (megabytes < 1000) return `${Math.round(megabytes)} MB`;
	return `${(megabytes / 1024).toFixed(1).replace(/\.0$/, '')} GB`;
}

function ofBound(d: Detail): string {
	return typeof d.boundMb === 'number' ? ` of its ${size(d.boundMb)}` : '';
}

/** What it was at: what the library said, else the cell. */
function during(d: Detail): string {
	const cell = typeof d.cellName === 'string' ? lower(d.cellName) : null;
	const inCell = cell ? ` in ${cell}` : '';
	if (d.doing === 'loading') return `while loading the model ${d.model ?? ''}${inCell}`;
	if (d.doing === 'training') return `while training${inCell}, ${reached(d)}`;
	return cell ? `while running ${cell}` : 'while no cell was running';
}

function reached(d: Detail): string {
	return d.step ? `after step ${d.step} of ${d.of ?? '?'}` : 'before its first step was done';
}

function smaller(d: Detail): string {
	if (typeof d.fits === 'number')
		return `By what this training measured, a batch of ${d.fits} would fit: set per_device_train_batch_size=${d.fits}.`;
	if (d.doing === 'training')
		return 'Take a smaller batch (per_device_train_batch_size), cut the texts (max_length), or train fewer weights with add_lora().';
	if (d.doing === 'loading') return 'Take a smaller model, or restart before you load another one.';
	return 'Work on less at a time, and delete what you no longer need (del name).';
}

function enough(d: Detail): string {
	const left = free(d, ' The computer had ');
	return left && `${left}.`;
}

function free(d: Detail, before: string): string {
	if (typeof d.freeMb !== 'number' || typeof d.machineMb !== 'number') return '';
	return `${before}${size(d.freeMb)} of ${size(d.machineMb)} free`;
}

const FAULTS: Readonly<Record<string, string>> = {
	SIGSEGV: 'machine code, not Python, used memory that is not its own',
	SIGBUS: 'machine code, not Python, used memory that could not be had',
	SIGABRT: 'a library found that something was wrong in it and gave up',
	SIGILL: 'a library uses an instruction that this processor does not know',
	SIGFPE: 'machine code, not Python, calculated something impossible'
};

function fault(d: Detail): string {
	const known = typeof d.signal === 'string' ? FAULTS[d.signal] : undefined;
	return known ?? 'machine code, not Python, did what the system forbids';
}

function place(d: Detail): string {
	return typeof d.where === 'string' ? ` It was called in ${d.where}.` : '';
}

function shared(d: Detail): string {
	return d.full === 'shared-memory'
		? ' The shared memory of the computer (/dev/shm) had no room left, which is the likely cause.'
		: '';
}

function disk(d: Detail): string {
	return d.full === 'disk' ? ' The disk had no room left at that moment.' : '';
}

function isSure(d: Detail): boolean {
	return d.sure !== 0;
}

function lower(name: string): string {
	return name.charAt(0).toLowerCase() + name.slice(1);
}
