/** What a person reads of a problem. */
export interface ProblemText {
	readonly what: string;
	readonly why: string;
	readonly next: string;
}

/** Values that the words need, by name. */
export type Detail = Readonly<Record<string, string | number | null>>;
