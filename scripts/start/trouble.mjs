/** Failures of a start that asks for walls or for a class, in words: what happened, why, what to do next. */
import { indent, Trouble } from '../setup/trouble.mjs';

/** @param {string} tier in words @param {readonly string[]} remedies @param {string} waiver */
export function notFitForClass(tier, remedies, waiver) {
	return new Trouble({
		code: 'no-class',
		what: 'A class was asked for, but this computer does not keep its learners apart, so nothing was started.',
		why: tier,
		next: `${toDo(remedies)} “npm run doctor” shows what was tried and says when it is enough. If all learners may read and change each other’s work, say so: npm start -- --class ${waiver}`
	});
}

/** @param {string} tier in words @param {readonly string[]} remedies */
export function noWallsHere(tier, remedies) {
	return new Trouble({
		code: 'walls-missing',
		what: 'Walls around kernels were asked for, but this computer has none, so nothing was started.',
		why: tier,
		next: `${toDo(remedies)} “npm run doctor” shows what was tried. For yourself alone you need no walls: npm start`
	});
}

/** @param {string} waiver */
export function waiverNeedsClass(waiver) {
	return new Trouble({
		code: 'class-needed',
		what: `${waiver} was said without --class.`,
		why: 'Without a class there is one learner, and nobody to keep apart.',
		next: 'Leave it out, or add --class.'
	});
}

export function wallsElsewhere() {
	return new Trouble({
		code: 'walls-elsewhere',
		what: 'There are no walls around Python on another computer, so nothing was started.',
		why: 'TUNINGFORK_JUPYTER_URL names a Jupyter server. Everybody’s cells would run there under one account and could read each other’s files.',
		next: 'Leave out --class or --walls, or start without TUNINGFORK_JUPYTER_URL.'
	});
}

/** @param {readonly string[]} lines */
export function doctorSilent(lines) {
	return new Trouble({
		code: 'doctor-silent',
		what: 'The walls around kernels could not be tried, so nothing was started.',
		why:
			lines.join('').trim() === ''
				? 'The doctor said nothing within a minute.'
				: `It said:\n${indent(lines)}`,
		next: 'Run “npm run doctor” by itself. If Python is not set up yet, run npm start without --no-setup.'
	});
}

/** @param {boolean} isClass what runs @param {boolean} walls what runs */
export function runsOtherwise(isClass, walls) {
	const how = `${isClass ? 'for a class' : 'for one person'}, ${walls ? 'with' : 'without'} walls`;
	return new Trouble({
		code: 'runs-otherwise',
		what: 'Tuning Fork is already running from this folder, but not as you ask now.',
		why: `It was started ${how}, and that cannot be changed while it runs.`,
		next: 'Run npm run stop, which ends running cells, and start again.'
	});
}

/** @param {number} longest */
export function badName(longest) {
	return new Trouble({
		code: 'bad-name',
		what: 'That cannot be a learner’s name, so there is no new address.',
		why: `A name has 1 to ${longest} letters and stands in one line.`,
		next: 'Give another one.'
	});
}

export function nameNeedsClass() {
	return new Trouble({
		code: 'class-needed',
		what: 'A name was given, but Tuning Fork runs for one person here.',
		why: 'Without a class every address lets in the same learner.',
		next: 'Leave it out, or stop and start a class: npm start -- --class'
	});
}

export function badAddressOption() {
	return new Trouble({
		code: 'bad-option',
		what: 'That is not understood.',
		why: '“npm run address” takes nothing, a name, or --teacher.',
		next: 'For example: npm run address -- --name "Anna"'
	});
}

/** Another one has the folder and does not answer. */
export function folderTaken() {
	return new Trouble({
		code: 'already-running',
		what: 'Another Tuning Fork works in this data folder, so this one was not started.',
		why: 'Two at once would spoil the work in it. The other one does not answer at present.',
		next: 'Stop it with npm run stop and start again, or choose another folder with TUNINGFORK_DATA.'
	});
}

/** @param {readonly string[]} remedies */
function toDo(remedies) {
	if (remedies.length === 0) return '';
	if (remedies.length === 1) return remedies[0] ?? '';
	return `One after the other:\n${indent(remedies)}\n  Then:`;
}
