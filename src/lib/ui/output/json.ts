/** A JSON value as a branch of a tree or a leaf. */
export interface Branch {
	readonly entries: readonly (readonly [name: string, value: unknown])[];
	readonly brackets: readonly [open: string, close: string];
}

export function toBranch(value: unknown): Branch | null {
	if (Array.isArray(value)) {
		return { entries: value.map((item, index) => [String(index), item]), brackets: ['[', ']'] };
	}
	if (typeof value !== 'object' || value === null) return null;
	return { entries: Object.entries(value), brackets: ['{', '}'] };
}

export function leafText(value: unknown): string {
	return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export function leafKind(value: unknown): 'text' | 'number' | 'word' {
	if (typeof value === 'string') return 'text';
	return typeof value === 'number' ? 'number' : 'word';
}
