/** Hears what is told of one learner's lesson, and remembers what matters here. */

export class Witness {
	restarts = 0;
	lines = 0;
	isDead = false;
	/** All that was shown, as JSON; the end of it. */
	text = '';
	printed = { execution: '', output: 0 };
	/** @type {number | null} */
	#generation = null;
	#isReady = false;
	/** @type {Map<string, (outcome: string) => void>} */
	#waiting = new Map();
	/** @type {((isReady: boolean) => void) | null} */
	#ready = null;

	/** @param {any} event */
	hear(event) {
		if (event.type === 'kernel-changed') this.#changed(event.kernel);
		if (event.type === 'stream-written') {
			this.lines += event.patch.lines.length + event.patch.rest.length;
			this.printed.execution = event.execution;
		}
		if (event.type === 'execution-finished')
			this.#waiting.get(event.execution.split('.')[0])?.(event.outcome);
		this.text = (this.text + JSON.stringify(event)).slice(-2_000_000);
	}

	/** @param {any} kernel as the page tells of it */
	#changed({ phase, generation }) {
		this.isDead = phase === 'dead';
		this.#isReady = phase === 'ready';
		if (this.isDead) this.#ready?.(false);
		if (!this.#isReady) return;
		if (this.#generation !== null && generation > this.#generation) this.restarts += 1;
		this.#generation = generation;
		this.#ready?.(true);
	}

	/** What the first frame had. @param {any} notebook */
	begin(notebook) {
		this.#changed(notebook.kernel);
	}

	/** Another start is about to be asked for. */
	expectStart() {
		this.#isReady = false;
	}

	/** Whether Python answers within the time; false as soon as it has ended. @param {number} ms @returns {Promise<boolean>} */
	starts(ms) {
		return new Promise((resolve) => {
			const late = setTimeout(() => resolve(false), ms);
			this.#ready = (isReady) => {
				clearTimeout(late);
				this.#ready = null;
				resolve(isReady);
			};
			if (this.#isReady) this.#ready(true);
		});
	}

	/** How the next run of a cell ends; null: not within the time. @param {string} cell @param {number} ms @returns {Promise<string | null>} */
	ends(cell, ms) {
		return new Promise((resolve) => {
			const late = setTimeout(() => {
				this.#waiting.delete(cell);
				resolve(null);
			}, ms);
			this.#waiting.set(cell, (outcome) => {
				clearTimeout(late);
				this.#waiting.delete(cell);
				resolve(outcome);
			});
		});
	}
}
