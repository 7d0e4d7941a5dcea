import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

/** Marks the line that begins at this position, until the text is changed. */
export const markLine = StateEffect.define<number>();

export const markedLine = StateField.define<DecorationSet>({
	create: () => Decoration.none,
	update(marks, transaction) {
		for (const effect of transaction.effects) {
			if (effect.is(markLine)) {
				return Decoration.set(Decoration.line({ class: 'marked-line' }).range(effect.value));
			}
		}
		return transaction.docChanged ? Decoration.none : marks;
	},
	provide: (field) => EditorView.decorations.from(field)
});
