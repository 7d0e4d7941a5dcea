/** Moving the focus from cell to cell, in the order in which they stand on the page. */
export function focusCell(id: string): void {
	cells()
		.find((cell) => cell.dataset['cell'] === id)
		?.focus();
}

/** The cell above or below; below the last one, the link to the next lesson. */
export function focusBeside(id: string, by: -1 | 1): void {
	const all = cells();
	const at = all.findIndex((cell) => cell.dataset['cell'] === id);
	const beside = all[at + by];
	if (beside) beside.focus();
	else if (by > 0) document.querySelector<HTMLElement>('[data-lesson-end]')?.focus();
}

function cells(): HTMLElement[] {
	return [...document.querySelectorAll<HTMLElement>('[data-cell]')];
}
