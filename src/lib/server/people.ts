/** What the people of a class are called: scripts/start/people.mjs notes it when an address is made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA } from './paths';

/** Names do not change, so each is read once. */
const names = new Map<string, string>();

/** The name that was given, or the learner's id. */
export function nameOf(learner: string): string {
	const known = names.get(learner);
	if (known !== undefined) return known;
	const name = readName(learner);
	if (name !== null) names.set(learner, name);
	return name ?? learner;
}

function readName(learner: string): string | null {
	try {
		const text = readFileSync(join(DATA, 'people', `${learner}.json`), 'utf8');
		const { name } = JSON.parse(text) as { readonly name?: unknown };
		return typeof name === 'string' ? name : null;
	} catch (error) {
		// Half a file of a machine that lost power names nobody either.
		if (error instanceof SyntaxError) return null;
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	}
}
