/** What the bench says when it cannot go on: what happened, why, and what to do next. */

export class BenchFailure extends Error {}

/** @param {string[]} lines */
const failure = (...lines) => new BenchFailure(lines.join('\n'));

export const words = {
	noBuild: () =>
		failure(
			'There is no built app to measure.',
			'The bench starts the app as learners get it, from the folder build.',
			'Run "npm run build" (or "npm start" once), then "npm run bench" again.'
		),
	noPython: () =>
		failure(
			'There is no Python environment to run kernels in.',
			'The folder .venv is made by the set-up.',
			'Run "npm start" once, then "npm run bench" again.'
		),
	noBrowser: () =>
		failure(
			'No Chromium was found.',
			'The bench looks in the usual places of Debian.',
			'Run "npm test" once, which installs it, or set CHROMIUM to the path of yours.'
		),
	/** @param {string} program */
	noLab: (program) =>
		failure(
			'JupyterLab could not be installed for the comparison.',
			`This command failed: ${program}. Its own message stands above; most often there is no network.`,
			'Mend that and run "npm run bench" again. Nothing but the bench needs JupyterLab.'
		),
	/** @param {string} why */
	notTyped: (why) =>
		failure(
			'What was typed at once into the first cell was not kept, so the load cannot be counted.',
			why,
			'This is a fault of the page or of the bench; nothing is written. Run "npm test" to see which.'
		),
	/** @param {string} name @param {string} log */
	silent: (name, log) =>
		failure(
			`${name} did not begin to answer: it ended, or a minute went by.`,
			`The last it said:\n${log.slice(-2000) || '(nothing)'}`,
			'Mend what it says, and run "npm run bench" again.'
		),
	/** @param {string} given @param {readonly string[]} known */
	badOption: (given, known) =>
		failure(
			`The bench does not understand "${given}".`,
			`It knows: ${known.join(', ')}.`,
			'Example: npm run bench -- --only b3,b4 --samples 3'
		)
};
