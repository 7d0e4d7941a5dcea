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
import { drawSelection, EditorView, keymap, runScopeHandlers } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { completionSource, type Completion } from './complete';
import type { Handover } from './early';
import { difference } from './join';
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
	/** The focus comes from the drawn code, where a hand has put it. */
	#isHanded = false;

	/** @param handover the drawn code, whose place this takes */
	constructor(parent: HTMLElement, handover: Handover | null, options: EditorOptions) {
		const state = EditorState.create({
			doc: handover?.before ?? options.text,
			extensions: [
				this.#label.of(named(options.label)),
				EditorView.cspNonce.of(pageNonce()),
				behaviour(options, () => this.#isHanded),
				EditorView.updateListener.of(({ docChanged, transactions, state: { doc } }) => {
					if (!docChanged || transactions.some((one) => one.annotation(fromOutside))) return;
					options.ontype(doc.toString());
				})
			]
		});
		this.#view = new EditorView({ state, parent });
		// What was typed before is one step that can be undone.
		this.setText(options.text);
		if (handover) this.#goOn(handover);
	}

	/** Shows a text that came from the server; the cursor stays as near as it can. */
	setText(text: string): void {
		const old = this.#view.state.doc.toString();
		// The editor has line breaks of one character; another kind would be counted as two lines.
		const changes = difference(old, text.replaceAll(/\r\n?/g, '\n'));
		if (changes.from === changes.to && changes.insert === '') return;
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

	/** Goes on where the drawn code was left. Nothing scrolls. */
	#goOn({ hasFocus, selection, scrolled, byHand }: Handover): void {
		if (selection) this.#view.dispatch({ selection });
		if (scrolled > 0) this.#view.scrollDOM.scrollLeft = scrolled;
		if (!hasFocus) return;
		this.#isHanded = byHand;
		this.#view.focus();
		this.#isHanded = false;
	}

	/** A key that was pressed in the drawn code. Is it more than a character to type? */
	press(event: KeyboardEvent): boolean {
		return runScopeHandlers(this.#view, event, 'editor');
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

function behaviour(options: EditorOptions, isHanded: () => boolean) {
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
		tabMode({ isHanded, onarrive: () => options.onarrive() }),
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

/** The page's nonce, so that the editor may bring its base styles. */
function pageNonce(): string {
	return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}
