/**
 * The clocks inside a page. The same code watches both sides; only the selectors differ. Everything
 * is timed by the page itself: from the event's own time stamp to the moment after the frame in
 * which the change was painted. Nothing here asks the page again and again.
 */

/**
 * @typedef {object} Parts how the parts of a notebook are found in a page
 * @property {string} cell every code cell
 * @property {string} count inside a cell: its counter, `[*]` while it runs
 * @property {string} text inside a cell: the elements that hold printed text, in order
 * @property {string} drawing inside a cell: the drawings of its output
 */

/**
 * @typedef {object} Clocked milliseconds since the event
 * @property {number} first the first fresh text was painted
 * @property {number} last the wanted text was painted
 * @property {number} done the counter shows a new number
 * @property {number} longestFrame the longest time between two frames meanwhile, if asked for
 */

/**
 * @typedef {object} Wanted
 * @property {number} cell
 * @property {'keydown' | 'click'} event starts the clock; of the keys only Enter does
 * @property {string | null} text what must be printed; null: nothing
 * @property {boolean} frames watch the frames too, which makes the page draw all the time
 * @property {number} limit milliseconds after which to give up
 */

/** @typedef {{ x: number, y: number }} Place in the window */

/**
 * @typedef {object} Probe
 * @property {number} editor when the first cell had its whole editor, milliseconds since the navigation; 0: not yet
 * @property {Record<string, number>} shown when the code of the first cell first showed a text, in the same way
 * @property {() => Place | null} place where to click to type into the first cell; `null`: not yet
 * @property {(wanted: Wanted) => Promise<Clocked>} clock
 * @property {(cell: number) => { count: number, last: number }} watchDrawing
 * @property {() => number[]} takeTasks
 * @property {(cell: number) => string} allText
 */

/**
 * Runs before the page's own scripts. It is sent to the page as text, so it can use nothing from
 * outside. @param {Parts} parts
 */
export function installProbe(parts) {
	/** @type {number[]} */
	const tasks = [];
	const note = (/** @type {PerformanceEntryList} */ entries) =>
		tasks.push(...entries.map((entry) => entry.duration));
	const observer = new PerformanceObserver((list) => note(list.getEntries()));
	observer.observe({ type: 'longtask', buffered: true });

	const cellAt = (/** @type {number} */ at) => document.querySelectorAll(parts.cell)[at];

	/** After the frame in which `node` stands where it now stands. @param {Element} node @param {() => void} then */
	function afterPaint(node, then) {
		let isOver = false;
		const finish = () => {
			if (isOver) return;
			isOver = true;
			sizes.disconnect();
			const channel = new MessageChannel();
			channel.port1.onmessage = then;
			channel.port2.postMessage(null);
		};
		// Called once in the very frame that is being made, before it is painted. An element without a size gets the next one.
		const sizes = new ResizeObserver(finish);
		sizes.observe(node);
		requestAnimationFrame(() => requestAnimationFrame(finish));
	}

	/** The last text in a node that is not empty. @param {Node | undefined} node @returns {string} */
	function lastText(node) {
		if (!node?.lastChild) return node instanceof Text ? node.data.trimEnd() : '';
		/** @type {Node | null} */
		let child = node.lastChild;
		for (; child; child = child.previousSibling) {
			const text = lastText(child);
			if (text) return text;
		}
		return '';
	}

	/** @param {Wanted} wanted @returns {Promise<Clocked>} */
	function clock({ cell, event, text, frames, limit }) {
		const root = cellAt(cell);
		if (!root) throw new Error(`There is no cell ${cell}.`);
		const texts = () => [...root.querySelectorAll(parts.text)];
		const count = () => root.querySelector(parts.count)?.textContent ?? '';
		const old = new Set(texts());
		const oldCount = count();
		const never = Number.POSITIVE_INFINITY;
		const found = { first: false, last: text === null, done: false };
		const result = { first: never, last: text === null ? 0 : never, done: never, longestFrame: 0 };
		let start = 0;
		return new Promise((resolve) => {
			const finish = () => {
				changes.disconnect();
				clearTimeout(timer);
				resolve(result);
			};
			const mark = (/** @type {'first' | 'last' | 'done'} */ name, /** @type {Element} */ node) => {
				if (found[name]) return;
				found[name] = true;
				afterPaint(node, () => {
					result[name] = performance.now() - start;
					if (result.last < never && result.done < never) finish();
				});
			};
			const look = () => {
				if (!start) return;
				const fresh = texts().filter((one) => !old.has(one));
				const newest = fresh.at(-1);
				const shown = lastText(newest);
				if (newest && shown !== '') mark('first', newest);
				if (newest && text !== null && shown.endsWith(text)) mark('last', newest);
				if (/\d/.test(count()) && count() !== oldCount) mark('done', root);
			};
			const changes = new MutationObserver(look);
			changes.observe(root, { childList: true, subtree: true, characterData: true });
			const timer = setTimeout(finish, limit);
			begin(event, (at) => {
				start = at;
				if (frames) watchFrames(result);
			});
		});
	}

	/** Waits for Enter or for a click. @param {'keydown' | 'click'} event @param {(at: number) => void} then */
	function begin(event, then) {
		const heard = (/** @type {Event} */ one) => {
			if (one instanceof KeyboardEvent && one.key !== 'Enter') return;
			removeEventListener(event, heard, true);
			then(one.timeStamp);
		};
		addEventListener(event, heard, true);
	}

	/** @param {Clocked} result */
	function watchFrames(result) {
		let before = performance.now();
		const step = (/** @type {number} */ now) => {
			result.longestFrame = Math.max(result.longestFrame, now - before);
			before = now;
			if (result.done === Number.POSITIVE_INFINITY) requestAnimationFrame(step);
		};
		requestAnimationFrame(step);
	}

	/**
	 * Brings the chart of a cell into view and counts the frames in which its drawing changes: a part
	 * of it, or all of it for a new one. `last`: milliseconds since 1970. @param {number} cell
	 */
	function watchDrawing(cell) {
		const root = /** @type {Element} */ (cellAt(cell));
		root.querySelector(parts.drawing)?.scrollIntoView({ block: 'center' });
		const seen = { count: 0, last: 0 };
		let isCounted = false;
		const isDrawing = (/** @type {Node} */ node) =>
			node instanceof Element &&
			(node.matches(parts.drawing) || node.querySelector('svg, canvas') !== null);
		new MutationObserver((records) => {
			const isDrawn = records.some(({ type, target, addedNodes }) =>
				type === 'attributes'
					? target instanceof Element && target.closest(parts.drawing)
					: [...addedNodes].some(isDrawing)
			);
			if (!isDrawn) return;
			seen.last = Date.now();
			if (isCounted) return;
			isCounted = true;
			seen.count += 1;
			requestAnimationFrame(() => (isCounted = false));
		}).observe(root, { childList: true, subtree: true, attributeFilter: ['d'] });
		return seen;
	}

	/** @type {Probe} */
	const probe = {
		editor: 0,
		shown: {},
		place() {
			const box = code()?.getClientRects()[0];
			if (!box) return null;
			return { x: box.x + Math.min(40, box.width / 2), y: box.y + Math.min(16, box.height / 2) };
		},
		clock,
		watchDrawing,
		takeTasks() {
			note(observer.takeRecords());
			return tasks.splice(0);
		},
		allText: (cell) =>
			[...(cellAt(cell)?.querySelectorAll(parts.text) ?? [])]
				.map((one) => one.textContent)
				.join('\n')
	};
	Object.assign(globalThis, { probe });

	const editor = `${parts.cell} .cm-content[contenteditable="true"]`;
	const arrival = new MutationObserver(() => {
		const found = document.querySelector(editor);
		if (!found?.getClientRects().length) return;
		arrival.disconnect();
		afterPaint(found, () => (probe.editor = performance.now()));
	});
	arrival.observe(document, { childList: true, subtree: true, attributes: true });
	watchCode();

	/** What takes text in the first cell that has something that does. */
	function code() {
		return document.querySelector(
			`${parts.cell} :is([contenteditable="true"], [contenteditable="plaintext-only"])`
		);
	}

	/** Notes the texts the code shows, and calls `typable`, where the bench has made one, at the first. */
	function watchCode() {
		/** @type {string | null} */
		let last = null;
		const look = () => {
			const found = code();
			const text = `${found?.textContent?.trimEnd()}`;
			if (!found?.getClientRects().length || text === last) return;
			if (last === null)
				afterPaint(found, () => /** @type {any} */ (globalThis).typable?.(probe.place()));
			last = text;
			afterPaint(found, () => (probe.shown[text] ??= performance.now()));
		};
		new MutationObserver(look).observe(document, {
			childList: true,
			subtree: true,
			attributes: true,
			characterData: true
		});
	}
}
