import { EditorView } from '@codemirror/view';

/**
 * Who comes with the keyboard leaves with Tab; who clicks or types indents with it. (Escape, then
 * Tab, always leaves.)
 */
export function tabMode(onarrive: () => void) {
	return [
		EditorView.domEventHandlers({
			pointerdown(_, view) {
				view.setTabFocusMode(false);
			},
			focus(_, view) {
				if (view.dom.matches(':active')) return;
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
