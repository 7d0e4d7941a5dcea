/**
 * The keyboard belongs to the page until the reader presses into a frame or tabs there. A frame that
 * takes it by itself has it taken back at once, and is told about, so that what is typed into the editor
 * stays in the editor.
 */

export interface Guarded {
	/** How often the reader has pressed into the frame, as its own script counts. */
	acts(): Promise<number>;
	/** The reader said that it may. */
	mayTake(): boolean;
	onstolen(): void;
}

/** Milliseconds after a key in which more of them are expected. */
const TYPING = 1000;
/** Milliseconds that a frame has to answer. */
const PATIENCE = 500;

/** Milliseconds after a press into a frame in which it may still settle who has the keyboard. */
const GRACE = 300;

const guarded = new Map<Element, Guarded>();
/** Presses into each frame when the page last had the keyboard. */
const known = new WeakMap<Element, number>();
/** The last key that was pressed in the page, until something else has the focus. */
let key: KeyboardEvent | null = null;
let typedAt = -Infinity;
let home: HTMLElement | null = null;
/** The frame that has the keyboard by right, until the page has it again. */
let owner: Element | null = null;
/** Until when a frame may take it because it was pressed. */
const excused = new WeakMap<Element, number>();
/** Frames that have been asked and have not answered yet. */
const asked = new Set<Element>();
let listening: AbortController | null = null;
/** The window has lost the keyboard. */
let isAway = false;

/** @returns what ends it */
export function guardKeyboard(frame: HTMLIFrameElement, guard: Guarded): () => void {
	guarded.set(frame, guard);
	listening ??= listen();
	// It may have been quicker than we.
	taken();
	return () => {
		guarded.delete(frame);
		if (guarded.size > 0) return;
		listening?.abort();
		listening = null;
	};
}

function listen(): AbortController {
	const control = new AbortController();
	const options = { capture: true, signal: control.signal };
	window.addEventListener('pointerdown', pressed, options);
	window.addEventListener('keydown', typed, options);
	document.addEventListener('focusin', remember, options);
	window.addEventListener('focus', regained, options);
	window.addEventListener('blur', ({ target }) => target === window && left(), options);
	// From frame to frame it goes without a word to the page.
	const look = setInterval(taken, 200);
	control.signal.addEventListener('abort', () => clearInterval(look));
	return control;
}

function left(): void {
	isAway = true;
	taken();
}

function pressed(): void {
	[owner, key] = [null, null];
}

function typed(event: KeyboardEvent): void {
	[owner, key] = [null, event];
	if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) typedAt = performance.now();
}

function remember({ target }: FocusEvent): void {
	if (target instanceof HTMLIFrameElement || !(target instanceof HTMLElement)) return;
	// Such events may come late, when the keyboard is elsewhere again.
	if (target !== document.activeElement) return;
	[home, owner] = [target, null];
	// The Tab that led here is used up.
	if (key?.key === 'Tab') key = null;
}

function regained({ target }: FocusEvent): void {
	if (target === window) isAway = false;
	if (document.activeElement !== owner) owner = null;
	for (const [frame, guard] of guarded) void guard.acts().then((acts) => known.set(frame, acts));
}

function taken(): void {
	const frame = document.activeElement;
	const guard = frame && guarded.get(frame);
	if (!guard) takeBack();
	if (!frame || !guard || frame === owner) return;
	const isExcused = (excused.get(frame) ?? 0) > performance.now();
	if (isExcused || guard.mayTake() || (key?.key === 'Tab' && !key.defaultPrevented)) {
		owner = frame;
		return;
	}
	// Who is typing has hardly pressed there; if they have, it is put right.
	const isTyping = performance.now() - typedAt < TYPING;
	if (isTyping) giveBack(frame);
	if (!asked.has(frame)) void decide(frame, guard, isTyping);
}

/**
 * A frame that takes the keyboard in the moment in which it is given back has it without being the
 * page's active element: the editor looks focused, and hears nothing.
 */
function takeBack(): void {
	const isTyping = performance.now() - typedAt < TYPING;
	if (!isAway || !isTyping || !document.hasFocus() || document.activeElement !== home) return;
	home?.blur();
	window.focus();
	home?.focus({ preventScroll: true });
}

async function decide(frame: Element, guard: Guarded, isBack: boolean): Promise<void> {
	const before = known.get(frame) ?? 0;
	asked.add(frame);
	const acts = await Promise.race([guard.acts(), late(before)]);
	asked.delete(frame);
	known.set(frame, acts);
	if (acts > before) {
		owner = frame;
		excused.set(frame, performance.now() + GRACE);
		if (isBack && frame instanceof HTMLElement) frame.focus({ preventScroll: true });
		return;
	}
	if (!guarded.has(frame)) return;
	giveBack(frame);
	guard.onstolen();
	// Another may have taken it from the first.
	taken();
}

/** A frame that does not answer has not been pressed into. */
function late(before: number): Promise<number> {
	return new Promise((resolve) => setTimeout(() => resolve(before), PATIENCE));
}

function giveBack(frame: Element): void {
	if (document.activeElement !== frame) return;
	if (home?.isConnected) home.focus({ preventScroll: true });
	else if (frame instanceof HTMLElement) frame.blur();
}
