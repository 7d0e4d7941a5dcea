/**
 * A failure that a person can do something about. Every sentence that set-up and start say when
 * something goes wrong is in this file (those about walls: start/trouble.mjs): what happened, why, and
 * what to do next.
 *
 * Knows nothing of how things are run or printed.
 */

/**
 * @typedef {object} Words
 * @property {string} code a short, stable name to search for
 * @property {string} what what happened
 * @property {string} why the most likely cause
 * @property {string} next what to do now
 */

export class Trouble extends Error {
	/** @param {Words} words */
	constructor(words) {
		super(words.what);
		this.words = words;
	}
}

/** @param {string} step @param {number} needMb @param {number | null} freeMb */
export function diskFull(step, needMb, freeMb) {
	const free = freeMb === null ? 'there is none left' : `only ${gigabytes(freeMb)} are free`;
	return new Trouble({
		code: 'disk-full',
		what: `There is no room on the disk for this step: ${step}.`,
		why: `It needs about ${gigabytes(needMb)} and ${free}.`,
		next: 'Free some space (or move this folder to a larger disk) and run the same command again. It goes on with this step.'
	});
}

/** @param {string} step */
export function noNetwork(step) {
	return new Trouble({
		code: 'no-network',
		what: `The download for this step did not come through: ${step}.`,
		why: 'This computer could not reach the package server. It is offline, behind a proxy, or the server is busy.',
		next: 'Check the connection (or set HTTPS_PROXY if you need a proxy) and run the same command again. Finished steps are not repeated.'
	});
}

/** @param {string} step */
export function badCertificate(step) {
	return new Trouble({
		code: 'bad-certificate',
		what: `The download for this step was refused: ${step}.`,
		why: 'The secure connection to the package server could not be verified. Company networks that inspect traffic often cause this.',
		next: 'Ask for your network’s certificate file, set NODE_EXTRA_CA_CERTS and PIP_CERT to its path, and run the same command again.'
	});
}

/** @param {string} folder */
export function readOnly(folder) {
	return new Trouble({
		code: 'read-only',
		what: `Nothing can be written in ${folder}.`,
		why: 'The folder is read-only, or it belongs to another user.',
		next: 'Copy the project to a folder of your own (or change its owner) and run the same command there.'
	});
}

/** @param {string} version @param {string} platform */
export function nodeUnavailable(version, platform) {
	return new Trouble({
		code: 'node-too-old',
		what: `Your Node.js is ${version}; the app needs 22.19 or newer.`,
		why: `There is no ready-made Node.js package for this computer (${platform}), so it could not be fetched for you.`,
		next: 'Install the current long-term version (24) from nodejs.org or your package manager and run the same command again.'
	});
}

export function npmMissing() {
	return new Trouble({
		code: 'npm-missing',
		what: 'The program npm was not found.',
		why: 'Some systems package npm apart from Node.js.',
		next: 'Install it (Debian and Ubuntu: sudo apt-get install npm) and run the same command again.'
	});
}

export function lockMismatch() {
	return new Trouble({
		code: 'lock-mismatch',
		what: 'package.json and package-lock.json do not agree.',
		why: 'One of the two was changed without the other.',
		next: 'Run "npm install" once to bring the lock file up to date, or take both files from git again.'
	});
}

/** @param {readonly string[]} found what was tried and what it said */
export function noPython(found) {
	return new Trouble({
		code: 'no-python',
		what: 'No Python was found that the lessons can run on.',
		why: `They need Python 3.11, 3.12, 3.13 or 3.14. ${found.length === 0 ? 'There is no Python on the PATH.' : `Found: ${found.join('; ')}.`}`,
		next: `${installPython()} If you have one elsewhere, set TUNINGFORK_SETUP_PYTHON to its path. Then run the same command again.`
	});
}

/** @param {string} python @param {string} version such as "3.11" */
export function noVenv(python, version) {
	return new Trouble({
		code: 'no-venv',
		what: `${python} cannot make a private Python folder.`,
		why: 'Its "venv" module is missing; Debian and Ubuntu package it apart.',
		next: `Install it (Debian and Ubuntu: sudo apt-get install python${version}-venv) and run the same command again.`
	});
}

/** @param {string} command */
export function noBrowser(command) {
	return new Trouble({
		code: 'no-browser',
		what: 'The tests need a Chromium browser, and none was found.',
		why: 'Neither chromium nor google-chrome is on the PATH, and it can be installed only with administrator rights.',
		next: `Run: ${command}. Or set TUNINGFORK_CHROMIUM to the path of a browser you have. Then run the same command again.`
	});
}

export function noWalls() {
	return new Trouble({
		code: 'no-walls',
		what: 'The tests of the walls around kernels need bubblewrap, and it was not found. They will fail.',
		why: 'bwrap is not on the PATH, and it can be installed only with administrator rights.',
		next: 'Run: sudo apt-get install bubblewrap (Fedora: sudo dnf install bubblewrap). Then run the same command again.'
	});
}

/** @param {string} step @param {string} log @param {readonly string[]} tail */
export function stepFailed(step, log, tail) {
	return new Trouble({
		code: 'step-failed',
		what: `This step failed: ${step}.`,
		why: tail.length === 0 ? 'It printed nothing.' : `It said:\n${indent(tail.slice(-12))}`,
		next: `The whole output is in ${log}. If it makes no sense to you, run the same command once more; the step starts afresh.`
	});
}

/** @param {number} port */
export function portDenied(port) {
	return new Trouble({
		code: 'port-denied',
		what: `Port ${port} may not be opened.`,
		why: 'Ports below 1024 belong to the administrator on most systems.',
		next: 'Choose a higher one: npm start -- --port 4321'
	});
}

/** @param {string} host */
export function hostUnknown(host) {
	return new Trouble({
		code: 'host-unknown',
		what: `${host} is not an address of this computer.`,
		why: 'The app can listen only on an address that this computer has.',
		next: 'Leave --host out to listen on this computer alone.'
	});
}

/** @param {number} first @param {number} last */
export function portsTaken(first, last) {
	return new Trouble({
		code: 'port-taken',
		what: `All ports from ${first} to ${last} are in use.`,
		why: 'Other programs are listening on them.',
		next: 'Choose another one: npm start -- --port 5000'
	});
}

/** @param {string} host @param {readonly string[]} addresses of this computer @param {string} others the other options, each after a space */
export function originNeeded(host, addresses, others) {
	const start = `npm start --${others} --host`;
	return new Trouble({
		code: 'origin-needed',
		what: `With --host ${host} the app would listen on every network, but it does not know its own address.`,
		why: 'It answers only to the exact address that people type, so that other web pages cannot talk to it.',
		next: `Listen on the network that your learners are in: ${addresses.map((one) => `${start} ${one}`).join(', or ') || `${start} and its address`}. Or add the address that they type, such as a name: ${start} ${host} --origin http://this-computer:4321`
	});
}

/** @param {string} given */
export function badPort(given) {
	return new Trouble({
		code: 'bad-port',
		what: `"${given}" is not a port.`,
		why: 'A port is a whole number from 1 to 65535.',
		next: 'For example: npm start -- --port 4321'
	});
}

/** @param {string} option @param {readonly string[]} known */
export function badOption(option, known) {
	return new Trouble({
		code: 'bad-option',
		what: `"${option}" is not something this command understands.`,
		why: `It knows ${known.join(', ')}.`,
		next: 'Check the spelling. Options for npm commands come after two dashes: npm start -- --port 5000'
	});
}

/** @param {readonly string[]} lines @param {string} log */
export function webKeepsStopping(lines, log) {
	return new Trouble({
		code: 'web-keeps-stopping',
		what: 'The app stopped five times within a minute, so it is not started again.',
		why: lines.length === 0 ? 'It printed nothing.' : `Its last lines were:\n${indent(lines)}`,
		next: `The whole log is ${log}. Your work is kept in the data folder. When the cause is gone, run npm start again.`
	});
}

/** @param {readonly string[]} lines @param {string} log @param {number} seconds */
export function webIsTriedAgain(lines, log, seconds) {
	return new Trouble({
		code: 'web-keeps-stopping',
		what: 'The app has stopped five times in a row. It is started again all the same, after longer and longer pauses.',
		why: lines.length === 0 ? 'It printed nothing.' : `Its last lines were:\n${indent(lines)}`,
		next: `Nothing is lost meanwhile: running cells go on, and what they print is kept. The next try is in ${seconds} seconds. The whole log is ${log}. If it stays so, press Ctrl-C, which ends running cells too, and run npm start again.`
	});
}

/** @param {string} url @param {number} seconds @param {readonly string[]} lines */
export function webSilent(url, seconds, lines) {
	return new Trouble({
		code: 'web-silent',
		what: `The app was started, but ${url} did not answer within ${seconds} seconds.`,
		why:
			lines.length === 0
				? 'It printed nothing; the computer may be very busy.'
				: `Its last lines were:\n${indent(lines)}`,
		next: 'Run npm start again. If it stays so, delete the folder "build" first: it is made anew.'
	});
}

export function notRunning() {
	return new Trouble({
		code: 'not-running',
		what: 'Tuning Fork is not running from this folder.',
		why: 'There is no app to make an address for.',
		next: 'Run npm start.'
	});
}

/** @param {string} lock @param {number} pid */
export function setupBusy(lock, pid) {
	return new Trouble({
		code: 'setup-busy',
		what: 'Another set-up has been running in this folder for more than 30 minutes.',
		why: `Process ${pid} holds ${lock}.`,
		next: 'Wait for it, or end that process, and run the same command again.'
	});
}

/** @param {string} step */
export function stopped(step) {
	return new Trouble({
		code: 'stopped',
		what: `Stopped during this step: ${step}.`,
		why: 'You asked for it (Ctrl-C), or this process was told to end.',
		next: 'Run the same command again when you like. Finished steps are not repeated; this one starts afresh.'
	});
}

/** @param {Trouble} trouble */
export function inWords(trouble) {
	const { what, why, next, code } = trouble.words;
	return `\n  ${what}\n  Why: ${why}\n  What to do: ${next}\n  (${code})\n`;
}

function installPython() {
	if (process.platform === 'darwin') return 'Install it: brew install python@3.13.';
	if (process.platform === 'win32') return 'Install it from python.org or the Microsoft Store.';
	return 'Install it (Debian and Ubuntu: sudo apt-get install python3 python3-venv).';
}

/** @param {number} mb */
function gigabytes(mb) {
	return mb < 950 ? `${Math.round(mb)} MB` : `${(mb / 1000).toFixed(1)} GB`;
}

/** @param {readonly string[]} lines */
export function indent(lines) {
	return lines.map((line) => `      ${line}`).join('\n');
}
