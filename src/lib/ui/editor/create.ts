/**
 * The only door to CodeMirror: makes one editor for one cell and keeps its text in step.
 *
 * Knows what keys mean inside an editor; what running, leaving or asking does is told by its
 * owner. Colours and measures are in `code.css`, shared with the code drawn on the server.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { history } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import {
	bracketMatching,
	indentOnInput,
	indentUnit,
	syntaxHighlighting
} from '@codemirror/language';
import { Annotation, Compartment, EditorState, Prec, Transaction } from '@codemirror/state';
import { drawSelection, EditorView, keymap } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { completionSource, type Completion } from './complete';
import { cellKeys, textKeys, type EditorActions } from './keymap';
import { markedLine, markLine } from './mark';
import { tabMode } from './tab';

export interface EditorOptions extends EditorActions {
	readonly text: string;
	readonly label: string;
	ontype(text: string): void;
	complete(code: string, cursor: number): Promise<Completion | null>;
	/** The keyboard's focus came in. */
	onarrive(): void;
}

/** The text came from outside, not from these hands. */
const fromOutside = Annotation.define<boolean>();

export class CodeEditor {
	readonly #view: EditorView;
	readonly #label = new Compartment();

	constructor(parent: HTMLElement, options: EditorOptions) {
		const state = EditorState.create({
			doc: options.text,
			extensions: [
				this.#label.of(named(options.label)),
				EditorView.cspNonce.of(pageNonce()),
				behaviour(options),
				EditorView.updateListener.of(({ docChanged, transactions, state: { doc } }) => {
					if (!docChanged || transactions.some((one) => one.annotation(fromOutside))) return;
					options.ontype(doc.toString());
				})
			]
		});
		this.#view = new EditorView({ state, parent });
	}

	/** Shows a text that came from the server; the cursor stays as near as it can. */
	setText(text: string): void {
		const old = this.#view.state.doc.toString();
		if (old === text) return;
		const changes = difference(old, text);
		this.#view.dispatch({
			changes,
			annotations: [fromOutside.of(true), Transaction.addToHistory.of(true)]
		});
	}

	setLabel(label: string): void {
		this.#view.dispatch({ effects: this.#label.reconfigure(named(label)) });
	}

	focus(): void {
		this.#view.focus();
	}

	/** Puts the cursor at a point of the window, for a click that came before the editor did. */
	focusAt(x: number, y: number): void {
		this.#view.focus();
		const anchor = this.#view.posAtCoords({ x, y }, false);
		this.#view.dispatch({ selection: { anchor } });
		this.#view.setTabFocusMode(false);
	}

	/** Shows a line, counted from 1, that an error points at. */
	goTo(line: number): void {
		const { doc } = this.#view.state;
		const { from } = doc.line(Math.min(Math.max(1, line), doc.lines));
		this.#view.dispatch({
			selection: { anchor: from },
			effects: markLine.of(from),
			scrollIntoView: true
		});
		this.#view.focus();
	}

	destroy(): void {
		this.#view.destroy();
	}
}

function behaviour(options: EditorOptions) {
	return [
		Prec.highest(keymap.of(cellKeys(options))),
		history(),
		drawSelection(),
		indentUnit.of('    '),
		EditorState.tabSize.of(4),
		indentOnInput(),
		bracketMatching(),
		closeBrackets(),
		autocompletion({
			override: [completionSource((code, cursor) => options.complete(code, cursor))],
			activateOnTyping: false,
			icons: false
		}),
		tabMode(() => options.onarrive()),
		markedLine,
		python(),
		syntaxHighlighting(classHighlighter),
		keymap.of([...closeBracketsKeymap, ...textKeys])
	];
}

function named(label: string) {
	// `tabindex` only says what is true anyway; checkers of accessibility do not see it otherwise.
	return EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' });
}

/** The smallest middle part in which two texts differ. */
function difference(old: string, text: string): { from: number; to: number; insert: string } {
	let from = 0;
	const shorter = Math.min(old.length, text.length);
	while (from < shorter && old[from] === text[from]) from += 1;
	let end = 0;
	while (end < shorter - from && old.at(-1 - end) === text.at(-1 - end)) end += 1;
	return { from, to: old.length - end, insert: text.slice(from, text.length - end) };
}

/** The page's nonce, so that the editor may bring its base styles. */
function pageNonce(): string {
	return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}
