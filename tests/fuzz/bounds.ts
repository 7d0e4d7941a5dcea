/** What must be true of every notebook, whatever a kernel has said. */
import type { Cell } from '../../src/lib/notebook/cell';
import type { Notebook } from '../../src/lib/notebook/notebook';
import type { Output } from '../../src/lib/notebook/output';
import { HEAD, LINE_LIMIT, TAIL } from '../../src/lib/notebook/screen';
import {
	CHARTS_LIMIT,
	OUTPUT_LIMIT,
	OUTPUTS_LIMIT,
	ROWS_LIMIT,
	sizeOf
} from '../../src/lib/server/session/bounds';

/** What is wrong with it; `null`: nothing. */
export function faultOfNotebook(notebook: Notebook): string | null {
	const cells = [...notebook.cells, ...notebook.deleted];
	if (new Set(cells.map(({ id }) => id)).size !== cells.length) return 'a cell is there twice';
	for (const cell of cells) {
		const fault = faultOfCell(cell);
		if (fault !== null) return fault;
	}
	const charts = Object.values(notebook.charts);
	if (charts.length > CHARTS_LIMIT || charts.some(({ length }) => length > ROWS_LIMIT))
		return 'there are too many charts or rows';
	return faultOfValue(notebook);
}

function faultOfCell({ outputs }: Cell): string | null {
	if (outputs.some(({ key }, at) => at > 0 && key <= (outputs[at - 1]?.key ?? -1)))
		return 'outputs are out of order';
	// Errors and questions may be a few more.
	if (outputs.length > OUTPUTS_LIMIT + 200) return 'a cell has too many outputs';
	for (const output of outputs) {
		const fault = output.type === 'stream' ? faultOfScreen(output) : null;
		if (fault !== null) return fault;
		if (output.type !== 'stream' && sizeOf(output) > OUTPUT_LIMIT + 1000)
			return 'an output is larger than its bound';
	}
	return null;
}

function faultOfScreen({ screen }: Extract<Output, { readonly type: 'stream' }>): string | null {
	if (screen.head.length > HEAD || screen.tail.length > TAIL) return 'a screen has too many lines';
	const { row, column } = screen.cursor;
	if (!Number.isInteger(row) || !Number.isInteger(column) || row < 0 || column < 0)
		return 'a cursor is nowhere';
	if (column > 100 * LINE_LIMIT) return 'a cursor is far beyond every line';
	const lines = [...screen.head, ...screen.tail];
	// A colour code for each letter is the most.
	if (lines.some((line) => line.length > LINE_LIMIT * 100))
		return 'a line is longer than its bound';
	return null;
}

/** What JSON, or a serializer, would not bring back as it is. */
function faultOfValue(value: unknown): string | null {
	if (typeof value === 'number')
		return Number.isFinite(value) ? null : 'a number is lost on the way through JSON';
	if (typeof value !== 'object' || value === null) return null;
	if (Object.hasOwn(value, '__proto__')) return 'a name means something to JavaScript';
	for (const item of Object.values(value)) {
		const fault = faultOfValue(item);
		if (fault !== null) return fault;
	}
	return null;
}
