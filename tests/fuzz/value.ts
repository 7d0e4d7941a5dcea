/**
 * Pieces of JSON as a story holds them, and their text.
 *
 * What JSON cannot say, or says only at great length, is an object with one name that begins with `$`:
 * so a story with a million letters or a hundred thousand brackets is still a file one can read.
 */
export type Value =
	null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
export type Fields = Readonly<Record<string, Value>>;

/** The id of an execution that was asked for; 0: the last one. */
export type RunId = (back: number) => string;

const SPECIAL: Readonly<Record<string, (body: Value, run: RunId) => string>> = {
	/** The id of an execution: how many before the last one. */
	$run: (back, run) => JSON.stringify(run(Number(back))),
	/** Text that is put as it is, JSON or not. */
	$json: (text) => String(text),
	/** One text of several. */
	$join: (parts, run) =>
		JSON.stringify(
			list(parts)
				.map((part) => textOf(part, run))
				.join('')
		),
	/** A text so many times. */
	$repeat: (body) => JSON.stringify(repeated(body)),
	/** So many lists (or objects, for a name) in each other. */
	$nest: (body) => nested(list(body)),
	/** A list of so many of the same. */
	$list: (body, run) => {
		const [item = null, count] = list(body);
		return `[${Array<string>(Number(count)).fill(toJson(item, run)).join(',')}]`;
	},
	/** An object with so many names of the same value. */
	$names: (body, run) => {
		const [item = null, count] = list(body);
		const text = toJson(item, run);
		return `{${Array.from({ length: Number(count) }, (_, at) => `"n${at}":${text}`).join(',')}}`;
	},
	/** An object by its pairs: a name may come twice. */
	$pairs: (body, run) => {
		const pairs = list(body).map((pair) => list(pair));
		return `{${pairs.map(([name = '', it = null]) => `${toJson(name, run)}:${toJson(it, run)}`).join(',')}}`;
	}
};

/** The JSON text, which need not be valid. */
export function toJson(value: Value, run: RunId): string {
	if (Array.isArray(value)) return `[${value.map((item: Value) => toJson(item, run)).join(',')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	const entries = Object.entries(value as Fields);
	const [first] = entries;
	if (first && isShort(value as Fields)) return SPECIAL[first[0]]?.(first[1], run) ?? 'null';
	return `{${entries.map(([name, it]) => `${JSON.stringify(name)}:${toJson(it, run)}`).join(',')}}`;
}

/** The value behind a text that is made up; anything else as it is. */
export function plain(value: Value, run: RunId): unknown {
	if (typeof value !== 'object' || value === null) return value;
	return JSON.parse(toJson(value, run)) as unknown;
}

/** An object of any names, `__proto__` among them. */
export function fields(entries: readonly (readonly [string, Value])[]): Fields {
	return Object.fromEntries(entries);
}

export function isFields(value: Value): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A short way to say something long: it is taken as a whole. */
export function isShort(value: Fields): boolean {
	const names = Object.keys(value);
	return names.length === 1 && Object.hasOwn(SPECIAL, names[0] ?? '');
}

function textOf(part: Value, run: RunId): string {
	const value = plain(part, run);
	return typeof value === 'string' ? value : toJson(part, run);
}

function list(value: Value): readonly Value[] {
	return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function repeated(body: Value): string {
	const [text = '', count] = list(body);
	return String(text).repeat(Number(count));
}

function nested([name, count]: readonly Value[]): string {
	const depth = Number(count);
	const [open, close] = name === null ? ['[', ']'] : [`{${JSON.stringify(name)}:`, '}'];
	return `${open.repeat(depth)}0${close.repeat(depth)}`;
}
