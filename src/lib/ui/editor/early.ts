/**
 * The drawn code of a cell while it stands where its editor will be: reads what was typed into it,
 * perhaps before any script had come, and what the editor has to go on with. Knows nothing of the
 * editor. That a word is being composed, or that a pointer came, is noted on the element by the
 * script in `app.html`: both may have begun before this code was here.
 */
import { follow, join } from './join';

export interface Handover {
	readonly hasFocus: boolean;
	/** The text before anything was typed here, to which undo goes back; `null`: nothing was typed. */
	readonly before: string | null;
	/** Places in the text of the notebook. */
	readonly selection: { readonly anchor: number; readonly head: number } | null;
	/** Pixels to the left of what is seen. */
	readonly scrolled: number;
	/** The learner clicked or typed here, and did not just come by with the Tab key. */
	readonly byHand: boolean;
}

export class EarlyCode {
	readonly #scroller: Element;
	readonly #code: HTMLElement;
	/** The text in the drawing, as far as its owner knows it. */
	#known: string;
	/** The text of the notebook before anything was typed here. */
	#before: string | null = null;

	/** @param drawn the text as it was drawn */
	constructor(scroller: Element, drawn: string) {
		this.#scroller = scroller;
		this.#code = scroller.firstElementChild as HTMLElement;
		this.#known = drawn;
	}

	get hasFocus(): boolean {
		return document.activeElement === this.#code;
	}

	/** `now`, the text of the notebook, with what was typed here since the last call; `null`: nothing was. */
	take(now: string): string | null {
		// The last line break is the drawing's own.
		const typed = readText(this.#code).replace(/\n$/, '');
		if (typed === this.#known) return null;
		const text = join(this.#known, typed, now);
		this.#known = typed;
		this.#before ??= now;
		return text;
	}

	/** @param now the text of the notebook */
	handOver(now: string): Handover {
		return {
			hasFocus: this.hasFocus,
			before: this.#before,
			selection: this.#selection(now),
			scrolled: this.#scroller.scrollLeft,
			byHand: this.#before !== null || this.#code.hasAttribute('data-pointed')
		};
	}

	/** Calls back in a later task, when no word is being composed and no button held down in it. */
	whenCalm(callback: () => void): () => void {
		const over = new AbortController();
		const look = () => {
			if (over.signal.aborted || !this.#isCalm) return;
			over.abort();
			callback();
		};
		// Later, because the browser has yet to write the word, or to put the caret where it was pressed.
		const lookLater = () => setTimeout(look);
		for (const type of ['compositionend', 'pointerup', 'pointercancel'])
			addEventListener(type, lookLater, { capture: true, signal: over.signal });
		lookLater();
		return () => over.abort();
	}

	get #isCalm(): boolean {
		return !this.#code.hasAttribute('data-composing') && !this.#code.matches(':active');
	}

	#selection(now: string): Handover['selection'] {
		const selection = document.getSelection();
		const { anchorNode, focusNode, anchorOffset, focusOffset } = selection ?? {};
		if (!anchorNode || !focusNode || anchorOffset === undefined || focusOffset === undefined)
			return null;
		if (!this.#code.contains(anchorNode) || !this.#code.contains(focusNode)) return null;
		const place = (node: Node, offset: number) => {
			const before = document.createRange();
			before.setStart(this.#code, 0);
			before.setEnd(node, offset);
			return follow(this.#known, now, readText(before.cloneContents()).length);
		};
		return { anchor: place(anchorNode, anchorOffset), head: place(focusNode, focusOffset) };
	}
}

/** Text as a browser shows it that breaks lines with a character, a `<br>` or a block. */
function readText(node: Node): string {
	let text = '';
	for (const child of node.childNodes) {
		if (child instanceof Text) text += child.data;
		else if (child.nodeName === 'BR') text += '\n';
		else {
			const isLine = child.nodeName === 'DIV' || child.nodeName === 'P';
			text += (isLine && text !== '' && !text.endsWith('\n') ? '\n' : '') + readText(child);
		}
	}
	return text;
}
