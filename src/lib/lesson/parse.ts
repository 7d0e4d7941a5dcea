import type { Heading, Lesson, LessonCell, LessonResult } from './lesson';

/** The indentation of a list or the marks of a quotation, the fence, what follows it. */
const FENCE = /^((?:\s*>)*\s*)(`{3,}|~{3,})(.*)$/;
const CELL = /^python\s+cell\s+id=([\w-]+)\s*$/;
const HEADING = /^##\s+(.+?)\s*#*\s*$/;
const REQUIRED = ['title', 'summary', 'minutes'] as const;

class Problem extends Error {
	// No parameter property: Node reads this file as it is when it builds the lessons.
	readonly line: number;

	constructor(line: number, message: string) {
		super(message);
		this.line = line;
	}
}

/** Reads a lesson file. A fault in it is a value with the line, never an exception. */
export function parseLesson(slug: string, text: string): LessonResult {
	try {
		return { ok: true, lesson: readLesson(slug, text) };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { ok: false, problem: { slug, line: error.line, message: error.message } };
	}
}

function readLesson(slug: string, text: string): Lesson {
	const lines = text.replaceAll('\r\n', '\n').split('\n');
	const { fields, bodyStart } = readFrontMatter(lines);
	const { cells, headings } = readBody(lines, bodyStart);
	const minutes = Number(fields.get('minutes'));
	if (!(minutes > 0)) throw new Problem(2, '`minutes` must be a number above 0.');
	return {
		slug,
		number: Number.parseInt(slug, 10) || 0,
		title: fields.get('title') ?? slug,
		summary: fields.get('summary') ?? '',
		goal: fields.get('goal') ?? '',
		minutes,
		cells,
		headings
	};
}

function readFrontMatter(lines: readonly string[]): {
	fields: ReadonlyMap<string, string>;
	bodyStart: number;
} {
	if (lines[0]?.trim() !== '---')
		throw new Problem(1, 'The file must begin with front matter (`---`).');
	const end = lines.findIndex((line, index) => index > 0 && line.trim() === '---');
	if (end < 0) throw new Problem(1, 'The front matter is never closed with `---`.');
	const fields = new Map(lines.slice(1, end).flatMap((line, index) => readField(line, index + 2)));
	const missing = REQUIRED.find((name) => !fields.get(name));
	if (missing) throw new Problem(1, `The front matter lacks \`${missing}\`.`);
	return { fields, bodyStart: end + 1 };
}

function readField(line: string, number: number): readonly [string, string][] {
	if (!line.trim() || line.trim().startsWith('#')) return [];
	const match = /^([\w-]+):\s*(.*)$/.exec(line);
	if (!match) throw new Problem(number, `Cannot read \`${line.trim()}\`: write \`name: value\`.`);
	return [[match[1] ?? '', unquote((match[2] ?? '').trim())]];
}

function unquote(value: string): string {
	const match = /^(["'])(.*)\1$/.exec(value);
	return match ? (match[2] ?? '') : value;
}

function readBody(
	lines: readonly string[],
	start: number
): { cells: readonly LessonCell[]; headings: readonly Heading[] } {
	const cells: LessonCell[] = [];
	const headings: { id: string; text: string; cells: string[] }[] = [];
	for (let index = start; index < lines.length; index += 1) {
		const fence = FENCE.exec(lines[index] ?? '');
		if (fence) {
			const [, prefix = '', mark = '```', info = ''] = fence;
			const end = findFenceEnd(lines, index, prefix, mark);
			const code = lines.slice(index + 1, end).map((line) => withoutPrefix(line, prefix));
			const cell = readCell(code.join('\n'), index + 1, info, cells);
			if (cell) {
				cells.push(cell);
				headings.at(-1)?.cells.push(cell.id);
			}
			index = end;
			continue;
		}
		const heading = HEADING.exec(lines[index] ?? '');
		if (heading?.[1])
			headings.push({ id: headingId(heading[1]), text: plain(heading[1]), cells: [] });
	}
	return { cells, headings };
}

function findFenceEnd(
	lines: readonly string[],
	start: number,
	prefix: string,
	fence: string
): number {
	for (let index = start + 1; index < lines.length; index += 1) {
		const line = withoutPrefix(lines[index] ?? '', prefix).trim();
		if (line.startsWith(fence) && line.replaceAll(fence[0] ?? '`', '') === '') return index;
	}
	throw new Problem(start + 1, 'This code block is never closed.');
}

/** The line without what makes it part of a list or a quotation. */
function withoutPrefix(line: string, prefix: string): string {
	const depth = prefix.split('>').length - 1;
	const indent = (prefix.split('>').at(-1) ?? '').length - (depth > 0 ? 1 : 0);
	const inside = line.replace(new RegExp(`^(?:\\s*> ?){0,${depth}}`), '');
	return inside.replace(new RegExp(`^\\s{0,${Math.max(0, indent)}}`), '');
}

function readCell(
	code: string,
	line: number,
	info: string,
	before: readonly LessonCell[]
): LessonCell | null {
	if (!/\bcell\b/.test(info)) return null;
	const id = CELL.exec(info.trim())?.[1];
	if (!id) throw new Problem(line, 'Write the opening of a cell as ```python cell id=some-name');
	const twin = before.find((cell) => cell.id === id);
	if (twin) throw new Problem(line, `The cell id \`${id}\` is already used on line ${twin.line}.`);
	return { id, code, line };
}

function plain(text: string): string {
	return text.replaceAll(/[`*_]/g, '');
}

/** The anchor of a heading: lower case, words joined by hyphens. */
export function headingId(text: string): string {
	return plain(text)
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}]+/gu, '-')
		.replaceAll(/^-|-$/g, '');
}
