/** What a person may say after "npm start --", and the same by environment variable. Pure. */
import { localAddresses } from './addresses.mjs';
import { badOption, badPort, originNeeded } from '../setup/trouble.mjs';

const PORT = 4321;
const VALUES = /** @type {const} */ (['--port', '--host', '--origin']);
/** Nobody writes this by accident. */
export const WAIVER = '--without-walls-learners-can-read-each-others-work';
const SWITCHES = /** @type {const} */ (['--open', '--no-setup', '--class', '--walls', WAIVER]);

/**
 * @typedef {object} Options
 * @property {number} port the first one to try
 * @property {string} host the address to listen on
 * @property {string | null} origin the address people type; null: made from host and port
 * @property {boolean} open show it in the browser of this computer
 * @property {boolean} setUp look first for what is missing
 * @property {boolean} isClass learners who must not reach each other's work: only with walls that hold
 * @property {boolean} walls kernels behind walls, also for somebody alone
 * @property {boolean} waived a class even where the walls do not hold
 */

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} env @returns {Options} */
export function readOptions(args, env) {
	const given = parse(args);
	const host = given.values.get('--host') ?? env['TUNINGFORK_HOST'] ?? '127.0.0.1';
	const origin = given.values.get('--origin') ?? env['TUNINGFORK_ORIGIN'] ?? null;
	if (origin === null && (host === '0.0.0.0' || host === '::'))
		throw originNeeded(host, localAddresses(), others(given));
	return {
		port: portFrom(given.values.get('--port') ?? env['TUNINGFORK_PORT'] ?? String(PORT)),
		host,
		origin,
		open: given.switches.has('--open'),
		setUp: !given.switches.has('--no-setup'),
		isClass: given.switches.has('--class') || env['TUNINGFORK_CLASS'] === '1',
		walls: given.switches.has('--walls') || env['TUNINGFORK_WALLS'] === '1',
		// By no variable: it has to be said each time.
		waived: given.switches.has(WAIVER)
	};
}

/** @param {readonly string[]} args */
function parse(args) {
	/** @type {Map<string, string>} */
	const values = new Map();
	/** @type {Set<string>} */
	const switches = new Set();
	const rest = args.flatMap((arg) => (arg.startsWith('--') ? splitAtEqual(arg) : [arg]));
	for (let at = 0; at < rest.length; at += 1) {
		const name = rest[at] ?? '';
		const value = rest[at + 1];
		if (SWITCHES.some((known) => known === name)) switches.add(name);
		else if (VALUES.some((known) => known === name) && value !== undefined) {
			values.set(name, value);
			at += 1;
		} else throw badOption(name, [...VALUES, ...SWITCHES]);
	}
	return { values, switches };
}

/**
 * What else was asked for, as it was typed: advice that left it out would start something else.
 * @param {ReturnType<typeof parse>} given
 */
function others({ values, switches }) {
	const kept = [...values].filter(([name]) => name !== '--host').flat();
	return [...switches, ...kept].map((word) => ` ${word}`).join('');
}

/** @param {string} arg such as "--port=5000" */
function splitAtEqual(arg) {
	const at = arg.indexOf('=');
	return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** @param {string} text */
function portFrom(text) {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw badPort(text);
	return port;
}
