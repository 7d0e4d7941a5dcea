/** Which address is printed for whom, with its words: alone one person, in a class each one another. */
import { createInterface } from 'node:readline';
import { networkInterfaces } from 'node:os';
import { say } from '../setup/say.mjs';
import { inWords, Trouble } from '../setup/trouble.mjs';
import { newAddress } from './invite.mjs';
import { memberNamed, newMember, TEACHER } from './people.mjs';
import { badAddressOption, nameNeedsClass } from './trouble.mjs';

/** @typedef {{ data: string, url: string, isClass: boolean }} Place */

/** An address for whoever keeps this installation. @param {Place} place */
export function ownAddress({ data, url, isClass }) {
	return isClass ? newAddress(data, url, TEACHER, 'teacher') : newAddress(data, url);
}

/** @param {Place} place @returns {string} the address for this computer's browser */
export function tellReady(place) {
	const address = ownAddress(place);
	say('\nTuning Fork is ready. Open this address in your browser:');
	say(`\n  ${address}${place.isClass ? '   (for you, who teach)' : ''}\n`);
	if (place.isClass) for (const line of classWords(place.url)) say(line);
	else say('It lets in one browser, once. Press Enter for another address, Ctrl-C to stop.');
	return address;
}

/** @param {string} url */
function classWords(url) {
	return [
		'Each address lets in one browser, once. For a learner’s address, type a name and press Enter;',
		'Enter alone gives one without a name. The same name again lets the same learner in from another',
		'device. Ctrl-C stops the class.',
		...reachWords(url)
	];
}

/** How another computer comes in, where that needs saying. @param {string} url */
function reachWords(url) {
	const { hostname, port, protocol } = new URL(url);
	if (/^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname))
		return [
			'\nThese addresses work on this computer only. For other computers stop, and start it with one of',
			`its own addresses: ${hostOptions(port)} (docs/walls.md, “How learners come in”).`
		];
	if (protocol === 'https:') return [];
	return [
		'\nThe line is open: whoever is in the same network can read what is sent, keys included, and use them.',
		'docs/walls.md says under “How learners come in” how to close it.'
	];
}

/** @param {string} port */
function hostOptions(port) {
	const found = localAddresses().map((address) => `npm start -- --class --host ${address}`);
	const more = port === '4321' || port === '' ? '' : ` --port ${port}`;
	return found.length === 0 ? 'it has none at present' : `${found.join(more + ', or ')}${more}`;
}

/** The addresses under which other computers of the network find this one. */
export function localAddresses() {
	return Object.values(networkInterfaces())
		.flatMap((list) => list ?? [])
		.filter(({ family, internal }) => family === 'IPv4' && !internal)
		.map(({ address }) => address);
}

/** More addresses, as lines are typed in the terminal. @param {Place} place */
export function listen(place) {
	createInterface({ input: process.stdin }).on('line', (line) => {
		const name = place.isClass ? line.trim() : '';
		tellTrouble(() => say(`${forSomebody(place, name)}\n`));
	});
	process.stdin.on('error', () => process.stdin.destroy());
	process.stdin.unref?.();
}

/** @param {Place} place @param {string} name empty: nobody in particular */
function forSomebody(place, name) {
	const { data, url, isClass } = place;
	if (!isClass) return `  ${newAddress(data, url)}`;
	const member = name === '' ? newMember(data) : memberNamed(data, name);
	const address = `  ${newAddress(data, url, member.learner)}   (for ${member.name ?? member.learner})`;
	return member.isKnown ? `${address}\n${sameWords(member.name ?? '')}` : address;
}

/** @param {string} name */
function sameWords(name) {
	return `  ${name} is in this class already: this lets the same ${name} in from another device. For another\n  ${name}, give another name, such as “${name} B”.`;
}

/**
 * What “npm run address” was asked for.
 * @param {Place} place @param {readonly string[]} args `--teacher`, `--name Anna` or `Anna`
 */
export function askedAddress(place, args) {
	const [first = '', ...rest] = args.flatMap((arg) =>
		arg.startsWith('--name=') ? ['--name', arg.slice(7)] : [arg]
	);
	if (first === '') return place.isClass ? forSomebody(place, '') : ownAddress(place);
	if (!place.isClass) throw nameNeedsClass();
	if (first === '--teacher' && rest.length === 0) return ownAddress(place);
	const words = first === '--name' ? rest : [first, ...rest];
	if (words.length === 0 || words.some((word) => word.startsWith('--'))) throw badAddressOption();
	return forSomebody(place, words.join(' '));
}

/** Something mistyped does not end the class. @param {() => void} work */
function tellTrouble(work) {
	try {
		work();
	} catch (error) {
		if (!(error instanceof Trouble)) throw error;
		say(inWords(error));
	}
}
