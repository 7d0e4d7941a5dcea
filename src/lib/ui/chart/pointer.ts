/**
 * Zooming a drawing with mouse, pen or finger: draw a band to look closer, turn the wheel with Ctrl
 * (or pinch a touchpad) to zoom. The bare wheel keeps scrolling the page.
 */
import type { Range } from '$lib/chart/range';

interface Reactions {
	/** The part of the x axis that is shown now. */
	range(): Range;
	onband(band: { left: number; width: number } | null): void;
	onselect(range: Range): void;
	onwheel(factor: number, centre: number): void;
}

const SHORTEST = 8;

/** @returns what takes the listeners away again */
export function pointerZoom(element: HTMLElement, reactions: Reactions): () => void {
	let from: number | null = null;
	const plot = () => plotBox(element);

	function down(event: PointerEvent): void {
		if (event.button !== 0 || !plot()) return;
		from = event.clientX;
		element.setPointerCapture(event.pointerId);
	}

	function move(event: PointerEvent): void {
		const box = plot();
		if (from === null || !box || Math.abs(event.clientX - from) < SHORTEST) return;
		const [left, right] = inOrder(clamp(from, box), clamp(event.clientX, box));
		const own = element.getBoundingClientRect();
		reactions.onband({ left: left - own.left, width: right - left });
	}

	function up(event: PointerEvent): void {
		const box = plot();
		if (from !== null && box && Math.abs(event.clientX - from) >= SHORTEST) {
			const [left, right] = inOrder(clamp(from, box), clamp(event.clientX, box));
			reactions.onselect([toValue(left, box), toValue(right, box)]);
		}
		cancel();
	}

	function cancel(): void {
		from = null;
		reactions.onband(null);
	}

	function wheel(event: WheelEvent): void {
		const box = plot();
		if (!event.ctrlKey || !box) return;
		event.preventDefault();
		reactions.onwheel(Math.exp(event.deltaY / 200), toValue(clamp(event.clientX, box), box));
	}

	function toValue(x: number, box: DOMRect): number {
		const [low, high] = reactions.range();
		return low + ((x - box.left) / box.width) * (high - low);
	}

	const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: cancel };
	for (const [type, listener] of Object.entries(listeners)) {
		element.addEventListener(type, listener as EventListener);
	}
	element.addEventListener('wheel', wheel, { passive: false });
	return () => {
		for (const [type, listener] of Object.entries(listeners)) {
			element.removeEventListener(type, listener as EventListener);
		}
		element.removeEventListener('wheel', wheel);
	};
}

/** Where the plot lies on the screen, without the axes. */
function plotBox(element: HTMLElement): DOMRect | null {
	const box = element.querySelector('.mark-group.root .background')?.getBoundingClientRect();
	return box && box.width > 0 ? box : null;
}

function clamp(x: number, box: DOMRect): number {
	return Math.min(box.right, Math.max(box.left, x));
}

function inOrder(a: number, b: number): readonly [number, number] {
	return a < b ? [a, b] : [b, a];
}
