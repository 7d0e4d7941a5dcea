import { EditorView } from '@codemirror/view';

export interface TabOptions {
	/** Does the focus come from where a hand had put it? */
	isHanded(): boolean;
	/** The keyboard's focus came in. */
	onarrive(): void;
}

/**
 * Who comes with the keyboard leaves with Tab; who clicks or types indents with it. (Escape, then
 * Tab, always leaves.)
 */
export function tabMode({ isHanded, onarrive }: TabOptions) {
	return [
		EditorView.domEventHandlers({
			pointerdown(_, view) {
				view.setTabFocusMode(false);
			},
			focus(_, view) {
				if (isHanded() || view.dom.matches(':active')) return;
				view.setTabFocusMode(true);
				onarrive();
			},
			blur(_, view) {
				view.setTabFocusMode(true);
			}
		}),
		EditorView.updateListener.of(({ view, transactions }) => {
			const typed = transactions.some(
				(one) => one.isUserEvent('input') || one.isUserEvent('delete')
			);
			if (typed) view.setTabFocusMode(false);
		})
	];
}
