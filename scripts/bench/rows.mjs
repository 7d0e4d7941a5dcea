/** What was measured, as rows of the table. Pure. */

/** @typedef {'ours' | 'lab'} Key */

/**
 * @typedef {object} Target
 * @property {string} words as the table says it
 * @property {(ours: number, lab: number) => boolean} holds given the medians
 */

/**
 * @typedef {object} Row
 * @property {string} id procedure
 * @property {string} what
 * @property {string} unit
 * @property {readonly Target[]} targets
 * @property {number[]} ours samples; infinite: not finished in time
 * @property {number[]} lab
 */

/** @param {string} id @param {string} what @param {string} unit @param {readonly Target[]} targets @returns {Row} */
export function row(id, what, unit, targets = []) {
	return { id, what, unit, targets, ours: [], lab: [] };
}

/** @param {number} most @param {string} unit @returns {Target} */
export function atMost(most, unit) {
	return {
		words: `≤ ${most.toLocaleString('en')}${unit && ` ${unit}`}`,
		holds: (ours) => ours <= most
	};
}

/** @param {number} times @returns {Target} */
export function fasterBy(times) {
	return { words: `≥ ${times}× faster`, holds: (ours, lab) => lab / ours >= times };
}

/** @param {readonly number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median and range, as they stand in the table. @param {readonly number[]} values @param {string} unit */
export function show(values, unit) {
	if (values.length === 0) return '–';
	const middle = median(values);
	const digits = middle < 10 && unit !== '' ? 1 : 0;
	const text = (/** @type {number} */ value) =>
		Number.isFinite(value)
			? value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
			: 'not in time';
	const range =
		values.length > 1 ? ` (${text(Math.min(...values))} – ${text(Math.max(...values))})` : '';
	return `${text(middle)}${unit && Number.isFinite(middle) ? ` ${unit}` : ''}${range}`;
}

/** @param {Row} one */
export function ratio({ ours, lab }) {
	const times = median(lab) / median(ours);
	if (!Number.isFinite(times) || lab.length === 0) return '';
	return `${times.toFixed(times < 10 ? 1 : 0)}×`;
}

/** @param {Row} one */
export function verdict({ targets, ours, lab }) {
	if (ours.length === 0) return '';
	return targets
		.map(({ words, holds }) => {
			const held = holds(median(ours), median(lab));
			return `${words}: ${held ? 'holds' : '**does not hold**'}`;
		})
		.join('; ');
}
