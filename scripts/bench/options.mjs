/** What a person may say after "npm run bench --". Pure. */
import { words } from './words.mjs';

const PROCEDURES = ['b1', 'b3', 'b4', 'b5', 'b7'];
const KNOWN = [`--only ${PROCEDURES.join(',')}`, '--samples n', '--quick'];

/**
 * @typedef {object} Options
 * @property {readonly string[]} only procedures wanted, in small letters; empty: all
 * @property {number} samples kept of each measurement
 * @property {boolean} quick one sample each and no variants: to see that it works
 */

/** @param {readonly string[]} args @returns {Options} */
export function readOptions(args) {
	const rest = [...args];
	/** @type {{ only: string[], samples: number | null, quick: boolean }} */
	const read = { only: [], samples: null, quick: false };
	for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
		if (arg === '--quick') read.quick = true;
		else if (arg === '--only') read.only = toProcedures(rest.shift());
		else if (arg === '--samples') read.samples = toCount(rest.shift());
		else throw words.badOption(arg, KNOWN);
	}
	return { ...read, samples: read.samples ?? (read.quick ? 1 : 5) };
}

/** @param {string | undefined} text */
function toProcedures(text) {
	const wanted = text?.toLowerCase().split(',') ?? [];
	if (wanted.length > 0 && wanted.every((one) => PROCEDURES.includes(one))) return wanted;
	throw words.badOption(`--only ${text ?? ''}`, KNOWN);
}

/** @param {string | undefined} text */
function toCount(text) {
	const count = Number(text);
	if (Number.isInteger(count) && count > 0) return count;
	throw words.badOption(`--samples ${text ?? ''}`, KNOWN);
}
