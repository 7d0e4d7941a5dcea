/** What a person may say after "npm run bench --". Pure. */
import { words } from './words.mjs';

const KNOWN = ['--only b1,b3,b4,b5,b7', '--samples n', '--quick'];

/**
 * @typedef {object} Options
 * @property {readonly string[]} only procedures wanted, in small letters; empty: all
 * @property {number} samples kept of each measurement
 * @property {boolean} quick one sample each and no variants: to see that it works
 */

/** @param {readonly string[]} args @returns {Options} */
export function readOptions(args) {
	const quick = args.includes('--quick');
	const samples = Number(valueOf(args, '--samples') ?? (quick ? 1 : 5));
	if (!Number.isInteger(samples) || samples < 1) throw words.badOption('--samples', KNOWN);
	const only = valueOf(args, '--only')?.toLowerCase().split(',') ?? [];
	const strange = args.find(
		(arg, at) =>
			!['--quick', '--only', '--samples'].includes(arg) &&
			!['--only', '--samples'].includes(args[at - 1] ?? '')
	);
	if (strange) throw words.badOption(strange, KNOWN);
	return { only, samples, quick };
}

/** @param {readonly string[]} args @param {string} name */
function valueOf(args, name) {
	const at = args.indexOf(name);
	if (at < 0) return undefined;
	const value = args[at + 1];
	if (value === undefined) throw words.badOption(name, KNOWN);
	return value;
}
