import { EditorView } from '@codemirror/view';

/**
 * Who comes with the keyboard leaves with Tab; who clicks or types indents with it. (Escape, then
 * Tab, always leaves.)
 */
export function tabMode(onarrive: () => void) {
	return EditorView.domEventHandlers({
		pointerdown(_, view) {
			view.setTabFocusMode(false);
		},
		focus(_, view) {
			if (pressedInside(view)) return;
			view.setTabFocusMode(true);
			onarrive();
		},
		beforeinput(_, view) {
			view.setTabFocusMode(false);
		},
		blur(_, view) {
			view.setTabFocusMode(true);
		}
	});
}

function pressedInside(view: EditorView): boolean {
	return view.dom.matches(':active');
}
