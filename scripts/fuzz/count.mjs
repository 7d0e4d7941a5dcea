/** Keeps count of what `npm run fuzz` has told and found, and says so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../setup/say.mjs';

/** @typedef {import('../../tests/fuzz/campaign').News} News */
/** @typedef {import('../../tests/fuzz/campaign').SlowMessage} SlowMessage */

const SLOWEST = 10;
const KEPT = join('.cache', 'fuzz');

export class Count {
	/** How many stories showed it. @type {Map<string, number>} */
	kinds = new Map();
	/** Number of the story that is told next. */
	next = 0;
	/** A story is under way. */
	isTelling = false;
	messages = 0;
	#until;
	#began = Date.now();
	#largest = 0;
	/** Stories that a browser saw. */
	#seen = 0;
	/** @type {SlowMessage[]} */
	#slowest = [];

	/** @param {number} until */
	constructor(until) {
		this.#until = until;
	}

	/** @param {News} news */
	hear(news) {
		this.isTelling = news.type !== 'told';
		if (news.type === 'begins') this.next = news.story;
		if (news.type === 'fault') this.#tell(news.fault);
		if (news.type !== 'told') return;
		this.next = news.story + 1;
		this.messages += news.messages;
		if (news.seen) this.#seen += 1;
		this.#largest = Math.max(this.#largest, news.largest);
		if (news.kind !== null) this.#add(news.kind);
		if (news.slow) this.#slowest.push(news.slow);
		this.#slowest = this.#slowest.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
	}

	/** The story under way ended its process. @param {string} how @param {number} seed */
	lose(how, seed) {
		say(`Seed ${seed}, story ${this.next}: ${how}.`);
		this.#add(how);
		this.isTelling = false;
		this.next += 1;
	}

	line() {
		const seconds = (Date.now() - this.#began) / 1000;
		const share = this.next / this.#until;
		const left = share > 0 ? Math.round((seconds / share - seconds) / 60) : 0;
		const rate = Math.round(this.messages / seconds);
		const stories = [...this.kinds.values()].reduce((sum, one) => sum + one, 0);
		return `${this.messages} messages, ${rate} a second, ${left} min left; ${this.kinds.size} kinds of fault in ${stories} stories.`;
	}

	summary() {
		const kinds = [...this.kinds].map(([kind, times]) => `${times} × ${kind}`);
		const slow = this.#slowest.map(
			({ ms, bytes, story, step }) =>
				`  ${Math.round(ms)} ms for ${bytes} bytes (story ${story}, step ${step})`
		);
		return [
			...(kinds.length > 0 ? ['Found:', ...kinds] : ['Nothing was found.']),
			`A browser saw ${this.#seen} stories.`,
			`The largest notebook had ${this.#largest} characters. The slowest messages:`,
			...slow
		].join('\n');
	}

	/** @param {import('../../tests/fuzz/campaign').Case} fault */
	#tell(fault) {
		mkdirSync(KEPT, { recursive: true });
		const file = join(KEPT, `${fault.seed}-${fault.story}.json`);
		writeFileSync(file, `${JSON.stringify(fault, null, '\t')}\n`);
		const { kind, seed, story, message, text, steps } = fault;
		say(`\nSeed ${seed}, story ${story}, message ${message}: ${kind}`);
		say(text.split('\n').slice(0, 6).join('\n'));
		say(JSON.stringify(steps).slice(0, 2000));
		say(`Again: npm run fuzz -- --replay ${file}\n`);
	}

	/** @param {string} kind */
	#add(kind) {
		this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
	}
}
