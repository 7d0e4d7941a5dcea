import { acceptCompletion, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import {
	defaultKeymap,
	historyKeymap,
	indentLess,
	indentMore,
	toggleComment
} from '@codemirror/commands';
import type { EditorView, KeyBinding } from '@codemirror/view';

export interface EditorActions {
	/** Shift-Enter, Ctrl/Cmd-Enter and Alt-Enter. */
	readonly onrun: (then: 'next' | 'stay' | 'add') => void;
	/** Escape. */
	readonly onleave: () => void;
	/** Help for what stands at the cursor. */
	readonly onhelp: (code: string, cursor: number) => void;
}

/** Keys that concern the cell. They come before everything that edits text. */
export function cellKeys({ onrun, onleave, onhelp }: EditorActions): readonly KeyBinding[] {
	const help = (view: EditorView) => {
		onhelp(view.state.doc.toString(), view.state.selection.main.head);
		return true;
	};
	return [
		{ key: 'Shift-Enter', run: done(() => onrun('next')) },
		{ key: 'Mod-Enter', run: done(() => onrun('stay')) },
		{ key: 'Ctrl-Enter', run: done(() => onrun('stay')) },
		{ key: 'Alt-Enter', run: done(() => onrun('add')) },
		{ key: 'Shift-Tab', run: (view) => (isAfterName(view) ? help(view) : false) },
		{ key: 'Mod-i', run: help },
		// The editor's own Escape (close a list of completions) is asked first.
		{ key: 'Escape', run: (view) => closeList(view) || done(onleave)() }
	];
}

/** Keys that edit text. */
export const textKeys: readonly KeyBinding[] = [
	...completionKeymap,
	{ key: 'Tab', run: completeOrIndent, shift: indentLess },
	{ key: 'Mod-/', run: toggleComment },
	...historyKeymap,
	...defaultKeymap
];

function completeOrIndent(view: EditorView): boolean {
	if (acceptCompletion(view)) return true;
	if (view.state.selection.main.empty && isAfterName(view)) return startCompletion(view);
	return view.state.selection.main.empty ? insertSpaces(view) : indentMore(view);
}

function insertSpaces(view: EditorView): boolean {
	const { head } = view.state.selection.main;
	const line = view.state.doc.lineAt(head);
	const column = head - line.from;
	const unit = ' '.repeat(4 - (column % 4));
	view.dispatch(view.state.replaceSelection(unit), { userEvent: 'input', scrollIntoView: true });
	return true;
}

function isAfterName(view: EditorView): boolean {
	const { head, empty } = view.state.selection.main;
	const line = view.state.doc.lineAt(head);
	return empty && /[\w.)(\]]$/.test(line.text.slice(0, head - line.from));
}

function closeList(view: EditorView): boolean {
	const escape = completionKeymap.find(({ key }) => key === 'Escape');
	return escape?.run?.(view) ?? false;
}

function done(work: () => void): () => boolean {
	return () => {
		work();
		return true;
	};
}
