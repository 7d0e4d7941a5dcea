/**
 * What comes from a learner's program, made into something that can be kept, sent and shown, whatever
 * it is. Nothing here throws; what is cut says so.
 */
import { CUT_MARK } from './screen';

/** Lists within lists: more than any program shows, and far less than it takes to end ours. */
const DEPTH_LIMIT = 100;
/** Values in one message. */
export const VALUE_LIMIT = 1_000_000;
/** What a name that was not there before counts for: a million of them take a hundred times as long as a million values. */
const NAME_COST = 10;
/** Letters of a name: of a chart, a field, a form of an output. */
export const NAME_LIMIT = 200;

const TOO_DEEP = `${CUT_MARK} (more than ${DEPTH_LIMIT} levels deep)`;
const TOO_MANY = `${CUT_MARK} (more than ${VALUE_LIMIT.toLocaleString('en')} values)`;

/** An object from outside, of which nothing is known. */
export type Loose = Readonly<Record<string, unknown>>;

/**
 * A copy of a JSON value that is plain all through: no name in it means anything to JavaScript, every
 * text is whole Unicode, and it is neither too deep nor too large.
 */
export function safeJson(value: unknown): unknown {
	return copy(value, 0, { left: VALUE_LIMIT, depth: DEPTH_LIMIT, names: new Set() });
}

/** The same of what this program has written, which may be large. */
export function safeNames(value: unknown): unknown {
	const left = Number.POSITIVE_INFINITY;
	return copy(value, 0, { left, depth: DEPTH_LIMIT * 10, names: new Set() });
}

/** The same of an object; anything else becomes an empty one. */
export function safeObject(value: unknown): Loose {
	return isObject(value) ? (safeJson(value) as Loose) : {};
}

/** The name under which something from outside may be kept in an object. */
export function safeName(name: string): string {
	return name === '__proto__' ? '(__proto__)' : name;
}

/** A text that is whole Unicode; anything else becomes an empty one. */
export function safeText(value: unknown): string {
	return typeof value === 'string' ? value.toWellFormed() : '';
}

/** The text, or as much of it as may be, with a word on what is missing. */
export function shorten(text: string, limit: number): string {
	if (text.length <= limit) return text;
	const missing = (text.length - limit).toLocaleString('en');
	return `${text.slice(0, limit).toWellFormed()}${CUT_MARK} (${missing} more letters)`;
}

/** What stands in an object under a name from outside; a name that every object knows means nothing. */
export function own<Value>(
	object: Readonly<Record<string, Value>>,
	name: string
): Value | undefined {
	return Object.hasOwn(object, name) ? object[name] : undefined;
}

interface Budget {
	left: number;
	readonly depth: number;
	/** Those that were met. */
	readonly names: Set<string>;
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
	budget.left -= 1;
	if (typeof value === 'string') return value.toWellFormed();
	if (typeof value === 'number') return Number.isFinite(value) ? value : null;
	if (typeof value === 'boolean') return value;
	if (typeof value !== 'object' || value === null) return null;
	if (depth >= budget.depth) return TOO_DEEP;
	if (Array.isArray(value)) {
		const kept = budget.left < value.length ? value.slice(0, Math.max(0, budget.left)) : value;
		const copied = kept.map((item) => (budget.left > 0 ? copy(item, depth + 1, budget) : TOO_MANY));
		return kept.length < value.length ? [...copied, TOO_MANY] : copied;
	}
	const copied: Record<string, unknown> = {};
	for (const name in value) {
		if (budget.left <= 0) {
			copied[CUT_MARK] = TOO_MANY;
			break;
		}
		payName(name, budget);
		copied[freeName(copied, name)] = copy((value as Loose)[name], depth + 1, budget);
	}
	return copied;
}

function payName(name: string, budget: Budget): void {
	if (budget.left === Number.POSITIVE_INFINITY || budget.names.has(name)) return;
	budget.names.add(name);
	budget.left -= NAME_COST;
}

function freeName(taken: Loose, name: string): string {
	const safe = safeName(name.toWellFormed());
	return safe !== name && Object.hasOwn(taken, safe) ? `${safe} ` : safe;
}

export function isObject(value: unknown): value is Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
