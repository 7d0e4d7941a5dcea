/**
 * The words for a Python that nobody has used for long. Details: `minutes` without use, `left`
 * until it is put away, and `why` it was.
 */
import type { Detail, ProblemText } from './problem-text';

const KEPT = 'Your texts, outputs and files are kept; only the variables are gone.';

export const RESTS = {
	'kernel-unused': (d) => ({
		what: `Python has not been used for ${duration(d.minutes)} and will be put away ${within(d.left)}.`,
		why: 'It holds memory that others can use. Your texts, outputs and files stay as they are.',
		next: 'Run any cell, or press Keep Python, and it stays.'
	}),
	'kernel-put-away': (d) => ({
		what: `Your Python was put away after ${duration(d.minutes)} without use. Nothing you did is lost.`,
		why:
			d.why === 'memory'
				? `The computer was short of memory, and somebody else needed some. ${KEPT}`
				: `It held memory that others can use. ${KEPT}`,
		next: 'It is back at once. Run the cells you had run again if you need their variables.'
	})
} satisfies Record<string, (detail: Detail) => ProblemText>;

function within(minutes: Detail[string] | undefined): string {
	return typeof minutes === 'number' ? `within ${duration(Math.max(1, minutes))}` : 'soon';
}

function duration(minutes: Detail[string] | undefined): string {
	if (typeof minutes !== 'number') return 'a long time';
	if (minutes >= 120) return `${Math.round(minutes / 60)} hours`;
	return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
