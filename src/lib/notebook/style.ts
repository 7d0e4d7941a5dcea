/**
 * The colours and weights a terminal has in force, as the parameters of one SGR code ("1;31").
 * Kept short: a later colour replaces an earlier one instead of being added to it.
 */
type Slot = 'weight' | 'italic' | 'underline' | 'inverse' | 'strike' | 'fore' | 'back';

const FLAGS: Readonly<Record<number, Slot>> = {
	1: 'weight',
	2: 'weight',
	3: 'italic',
	4: 'underline',
	7: 'inverse',
	9: 'strike'
};

const RESETS: Readonly<Record<number, Slot>> = {
	22: 'weight',
	23: 'italic',
	24: 'underline',
	27: 'inverse',
	29: 'strike',
	39: 'fore',
	49: 'back'
};

/** Values of one code that are read; a whole style has at most 15. */
const VALUES = 32;

/** The style after the code with parameters `codes` ("0", "1;31", "38;5;208"). */
export function nextStyle(style: string, codes: string): string {
	const slots = readStyle(style);
	applyCodes(slots, codes);
	return [...slots.values()].join(';');
}

function readStyle(style: string): Map<Slot, string> {
	const slots = new Map<Slot, string>();
	if (style) applyCodes(slots, style);
	return slots;
}

function applyCodes(slots: Map<Slot, string>, codes: string): void {
	const values = codes.split(/[;:]/, VALUES).map((value) => (value === '' ? 0 : Number(value)));
	for (let index = 0; index < values.length; index += 1) {
		index += applyCode(slots, values, index);
	}
}

/** Applies the code at `index`; returns how many further values belong to it. */
function applyCode(slots: Map<Slot, string>, values: readonly number[], index: number): number {
	const code = values[index] ?? 0;
	if (code === 0) slots.clear();
	const flag = FLAGS[code];
	const reset = RESETS[code];
	if (flag) slots.set(flag, String(code));
	else if (reset) slots.delete(reset);
	else if (isColour(code)) slots.set(colourSlot(code), String(code));
	else if (code === 38 || code === 48) return applyExtended(slots, values, index);
	return 0;
}

/** A colour by its number or by its red, green and blue. One that is not whole changes nothing. */
function applyExtended(slots: Map<Slot, string>, values: readonly number[], index: number): number {
	const length = values[index + 1] === 5 ? 2 : 4;
	const slot = values[index] === 38 ? 'fore' : 'back';
	const whole = values.slice(index, index + length + 1);
	const mode = whole[1] === 5 || whole[1] === 2;
	if (mode && whole.length === length + 1 && whole.every(isByte)) slots.set(slot, whole.join(';'));
	return length;
}

function isByte(value: number): boolean {
	return Number.isInteger(value) && value >= 0 && value <= 255;
}

function isColour(code: number): boolean {
	return (code >= 30 && code <= 47 && code !== 38) || (code >= 90 && code <= 107);
}

function colourSlot(code: number): Slot {
	return code < 40 || (code >= 90 && code < 100) ? 'fore' : 'back';
}
