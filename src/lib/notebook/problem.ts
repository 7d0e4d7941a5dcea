/**
 * Every message a person can meet: a code, what happened, why, and what to do next.
 *
 * A `Problem` is the code with its details; it travels and is journaled. The words live here only,
 * so that they can be read, corrected and one day translated in one place.
 */
import { DEATHS } from './problem-death';
import { REMOTE } from './problem-remote';
import { RESTS } from './problem-rest';
import type { Detail, ProblemText } from './problem-text';

export interface Problem {
	readonly code: ProblemCode;
	readonly detail?: Detail;
}

const TEXTS = {
	...DEATHS,
	...REMOTE,
	...RESTS,
	'host-died': () => ({
		what: 'The program that runs Python for all lessons was stopped.',
		why: 'It was ended from outside, or the computer ran out of memory. The Python of this lesson ended with it.',
		next: 'Everything you wrote and every output is kept. Press Restart to start both again.'
	}),
	'host-replaced': () => ({
		what: 'Reconnecting to Python…',
		why: 'The program that runs Python for all lessons ended and is being started again. Your Python goes on meanwhile.',
		next: 'Nothing to do: what you have missed is shown in a moment.'
	}),
	'kernel-gone': () => ({
		what: 'The Python of this lesson is no longer running.',
		why: 'Tuning Fork or the computer was restarted since you last worked here.',
		next: 'Everything you wrote and every output is kept. Press Restart to start Python, then run the cells you need.'
	}),
	'kernel-start-failed': (d: Detail) => ({
		what: 'Python could not be started.',
		why: String(d.reason ?? 'It gave no answer within the time limit.'),
		next: 'Press Restart to try again. If it fails again, stop Tuning Fork in its terminal (in a class, ask for that) and run npm start once more: it checks the Python environment.'
	}),
	'kernel-safe': () => ({
		what: 'Python was started without your start-up files.',
		why: 'You asked for that. Your scripts and settings of IPython were left out, and no file of yours hides a library. They are all still there.',
		next: 'To see them, run !ls -laR $TUNINGFORK_STARTUP in a cell. Mend or delete (!rm) what ended Python; then press Restart for an ordinary start.'
	}),
	'edit-conflict': () => ({
		what: 'This cell was changed in another window.',
		why: 'Two windows edited the same cell at the same time.',
		next: 'Choose which text to keep. Both are kept until you choose; then the other one is gone.'
	}),
	'unknown-cell': () => ({
		what: 'This cell is no longer part of the page.',
		why: 'It was deleted in another window, or the lesson has changed.',
		next: 'Copy your text if you need it, then reload the page.'
	}),
	'lesson-cell-kept': () => ({
		what: 'A cell of the lesson cannot be moved or deleted.',
		why: 'Later parts of the lesson need it.',
		next: 'You may edit it freely and reset it at any time. Cells you added yourself can be moved and deleted.'
	}),
	'kernel-not-ready': () => ({
		what: 'Python is not running.',
		why: 'It stopped, and you have not started it again.',
		next: 'Press Restart, then run the cell. What you wrote is kept.'
	}),
	'nothing-asked': () => ({
		what: 'The answer came too late.',
		why: 'The cell is no longer waiting for it.',
		next: 'Run the cell again.'
	}),
	'disk-full': () => ({
		what: 'The disk is full, so your work can no longer be saved.',
		why: 'There is no room left where Tuning Fork keeps its data.',
		next: 'Free some space. Keep this page open: what is missing is saved as soon as there is room.'
	}),
	'journal-failed': (d: Detail) => ({
		what: 'Your work could not be saved.',
		why: String(d.reason ?? 'The database refused to write.'),
		next: 'Keep this page open: Tuning Fork tries again every second and saves what is missing.'
	}),
	'bad-command': (d: Detail) => ({
		what: 'The page sent something the server does not understand.',
		why: String(d.reason ?? 'It may be older than the server.'),
		next: 'Reload the page. Your saved work is not affected.'
	}),
	offline: () => ({
		what: 'The connection to Tuning Fork is lost.',
		why: 'The network is down, or the server is stopping.',
		next: 'Nothing is lost: your edits are kept in this window and training goes on. The page reconnects by itself.'
	}),
	'signed-out': () => ({
		what: 'This browser is not let in.',
		why: 'It has no key of this installation. An address gives one to one browser, once; this one may have been used.',
		next: 'Ask whoever started Tuning Fork for a fresh address. If that is you: press Enter in its terminal, or run npm run address. In a class type the learner’s name before Enter.'
	}),
	'foreign-host': () => ({
		what: 'Tuning Fork does not answer to this name.',
		why: 'It was opened under another host name than the one it was started for. That could be an attack from a foreign web page, so it is refused.',
		next: 'Use the address that is printed in the terminal, exactly as it stands there.'
	}),
	'foreign-origin': () => ({
		what: 'This request came from another web page.',
		why: 'Only Tuning Fork’s own pages may use it.',
		next: 'Open Tuning Fork by the address that is printed in the terminal.'
	}),
	'staff-only': () => ({
		what: 'This page is for those who teach.',
		why: 'It shows how the Python of everybody in the class is.',
		next: 'Go back to the lessons. Whoever started the class gets in by the address marked “for you, who teach”, or by npm run address -- --teacher.'
	}),
	'too-many-tabs': () => ({
		what: 'This lesson is open in too many tabs or windows, so this one is no longer kept up to date.',
		why: 'Each of them holds a line to the server, and their number is bounded.',
		next: 'Nothing is lost. Close some of the others, then press “Go on here”.'
	}),
	'stale-page': () => ({
		what: 'Tuning Fork was updated.',
		why: 'This page is older than the server.',
		next: 'Reload the page. Your work is saved on the server.'
	}),
	'output-not-recorded': (d: Detail) => ({
		what: 'This output could not be recorded.',
		why: `Something in it is more than Tuning Fork can take (${d.reason ?? 'no reason was given'}).`,
		next: 'Python goes on, and what else the cell shows is kept. Show a smaller or simpler form of it, or save it to a file from the cell.'
	}),
	'lesson-full': () => ({
		what: 'This lesson takes no more text.',
		why: 'Its cells, with those that were deleted last, hold as much as a page can.',
		next: 'Copy your text if you need it. Make your cells shorter, or keep long texts in files and read them from a cell.'
	}),
	'cell-full': (d: Detail) => ({
		what: 'From here on the outputs of this cell are not shown.',
		why: `${d.limit ?? 'There are'} as many as a page can hold.`,
		next: 'Python goes on. Print or show less, save it to a file from the cell, or call clear_output() now and then.'
	}),
	'chart-full': (d: Detail) => ({
		what: `The chart “${d.chart ?? ''}” takes no more points.`,
		why: `${d.limit ?? 'It holds'} as many as a page can draw.`,
		next: 'The training goes on. Log less often, for example every tenth step.'
	}),
	'journal-damaged': (d: Detail) => ({
		what: 'Some of what happened in this lesson could not be read again.',
		why: `${d.count === 1 ? 'One entry' : `${d.count ?? 'Some'} entries`} of its journal cannot be understood: the file was damaged, or another version of Tuning Fork wrote it.`,
		next: 'Everything else is there, and you can go on working. Run the cells again whose outputs are missing.'
	}),
	'output-too-large': (d: Detail) => ({
		what: 'An output was too large to show.',
		why: `It holds ${d.size ?? 'too much'} of data; the page shows at most ${d.limit ?? '16 MB'}.`,
		next: 'Save it to a file from the cell, or show a smaller part of it.'
	})
} satisfies Record<string, (detail: Detail) => ProblemText>;

const UNKNOWN: ProblemText = {
	what: 'Something went wrong.',
	why: 'Another version of Tuning Fork wrote this down and knew the reason.',
	next: 'Everything you wrote is kept. Press Restart to start Python again.'
};

export type ProblemCode = keyof typeof TEXTS;

/** To be said as well where `startup` is 1 in the details: see `offerSafeStart` in session/death.ts. */
const STARTUP =
	'No cell had run yet. If it happens again, a file of your own may end Python, one that it reads when it starts: press Start without my start-up files, and mend it from a cell.';

/** The words for a problem in one text, with the code by which it can be asked about. */
export function problemWords(problem: Problem): string {
	const { what, why, next } = problemText(problem);
	return `${what} (${problem.code}) ${why} ${next}`;
}

/** The words for a problem. */
export function problemText(problem: Problem): ProblemText {
	// A journal of another version may know of others.
	if (!Object.hasOwn(TEXTS, problem.code)) return UNKNOWN;
	const { detail = {} } = problem;
	const text = TEXTS[problem.code](detail);
	return detail['startup'] === 1 ? { ...text, next: `${text.next} ${STARTUP}` } : text;
}
