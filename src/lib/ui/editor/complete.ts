import {
	completeAnyWord,
	type CompletionContext,
	type CompletionResult
} from '@codemirror/autocomplete';

/** Texts that could stand from `from` to `to`. */
export interface Completion {
	readonly matches: readonly string[];
	readonly from: number;
	readonly to: number;
}

type Ask = (code: string, cursor: number) => Promise<Completion | null>;

/** What Python knows; the words of the cell itself while Python is busy or away. */
export function completionSource(ask: Ask) {
	return async (context: CompletionContext): Promise<CompletionResult | null> => {
		const known = await ask(context.state.doc.toString(), context.pos);
		if (!known || known.matches.length === 0) return completeAnyWord(context);
		const { matches, from, to } = known;
		return { from, to, options: matches.map((label) => ({ label })), filter: false };
	};
}
