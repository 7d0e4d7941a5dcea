/** What was measured of a class, as figures and in words. Pure. */

/**
 * @typedef {object} Joined
 * @property {number} joins
 * @property {number} within seconds
 * @property {readonly string[]} errors
 * @property {readonly number[]} pages milliseconds
 * @property {readonly number[]} firsts milliseconds until the first cell was answered
 * @property {number} all milliseconds until the last one's was
 * @property {number} farthest
 *
 * @typedef {object} Figures
 * @property {readonly Joined[]} joined
 * @property {{ learners: number, every: number, trainers: number, seconds: number, steps: number, times: readonly number[], alone: readonly number[], errors: readonly string[] } | null} work
 * @property {Harm | null} harm
 *
 * @typedef {object} Harm
 * @property {number} learners who work
 * @property {number} seconds
 * @property {readonly { name: string, alone: readonly number[], times: readonly number[] }[]} parts milliseconds without and with
 * @property {readonly string[]} errors
 */

/** How much the 95th percentile may grow. */
const GROWTH = 1.3;

/** @param {readonly number[]} values @param {number} share */
export function quantile(values, share) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** @param {Figures} figures @param {readonly string[]} machine @param {string} loads */
export function toSection(figures, machine, loads) {
	const { joined, work, harm } = figures;
	const lines = [
		'## A class',
		'',
		`Written by \`npm run bench:class\` on ${new Date().toISOString().slice(0, 10)}. The built app, its kernels and the learners share the machine:`,
		'',
		...machine.map((line) => `- ${line}`),
		`- load average ${loads}`,
		'',
		'Each learner is another one, comes with an invitation, reads the page of lesson 1 with all its files, and runs the first cell at once.',
		...joined.flatMap(joinLines)
	];
	return [...lines, ...(work ? workLines(work) : []), ...(harm ? harmLines(harm) : [])].join('\n');
}

/** @param {Joined} joined */
function joinLines({ joins, within, errors, pages, firsts, all, farthest }) {
	return [
		'',
		`| ${joins} joins ${within > 0 ? `in ${within} s` : 'in the same moment'} | median | p95 | most |`,
		'|---|---|---|---|',
		`| page and files are there | ${spread(pages)} |`,
		`| the first cell has been answered | ${spread(firsts)} |`,
		'',
		`Errors: ${errors.length}. ${firsts.length} of ${joins} have run a first cell, the last one ${inSeconds(all)} after the first one came. Nobody was further back in the line than place ${farthest}.`
	];
}

/** @param {NonNullable<Figures['work']>} work */
function workLines({ learners, every, trainers, seconds, steps, times, alone, errors }) {
	const p95 = quantile(times, 0.95);
	return [
		'',
		`| a small cell each ${every} s for ${learners} learners, ${seconds} s | median | p95 | most |`,
		'|---|---|---|---|',
		`| nobody trains (${alone.length} cells) | ${spread(alone)} |`,
		`| ${trainers} others train (${times.length} cells) | ${spread(times)} |`,
		'',
		`Errors: ${errors.length}. From the moment the cell was due until its end was told to the page. The trainings made ${steps.toLocaleString('en')} steps meanwhile. p95 < 1 s: ${p95 < 1000 ? 'holds' : '**does not hold**'}.`
	];
}

/** @param {Harm} harm */
function harmLines({ learners, seconds, parts, errors }) {
	const all = {
		name: '**all together**',
		alone: parts.flatMap(({ alone }) => alone),
		times: parts.flatMap(({ times }) => times)
	};
	const grows = growth(all);
	return [
		'',
		`| the same cells of ${learners} while one more bombs, ${seconds} s without and ${seconds} s with each | p95 without | p95 with | grows |`,
		'|---|---|---|---|',
		...[...parts, all].map(
			(part) =>
				`| ${part.name} | ${inMs(quantile(part.alone, 0.95))} | ${inMs(quantile(part.times, 0.95))} | ${growth(part).toFixed(2)}× |`
		),
		'',
		`Errors: ${errors.length}. p95 grows ≤ ${GROWTH}×: ${grows <= GROWTH ? 'holds' : '**does not hold**'} (${grows.toFixed(2)}×, of ${all.times.length} cells).`
	];
}

/** @param {{ alone: readonly number[], times: readonly number[] }} part */
function growth({ alone, times }) {
	return quantile(times, 0.95) / quantile(alone, 0.95);
}

/** @param {number} milliseconds */
function inMs(milliseconds) {
	return `${milliseconds.toFixed(1)} ms`;
}

/** @param {readonly number[]} values */
function spread(values) {
	return [quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)]
		.map(inSeconds)
		.join(' | ');
}

/** @param {number} milliseconds */
function inSeconds(milliseconds) {
	return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}
