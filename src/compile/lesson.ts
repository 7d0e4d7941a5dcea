import { mdsvex } from 'mdsvex';
import { compile } from 'svelte/compiler';
import { placeCells } from './cells.ts';
import { highlight } from './highlight.ts';
import { lineAt, lineOfCrash, markLines } from './locate.ts';
import { anchorHeadings, checkComponents, keepProse, tidyLinks } from './prose.ts';
import { LessonFault, type Fault, type Node } from './tree.ts';
import type { LessonCell } from '../lib/lesson/lesson.ts';

type Compiled =
	{ readonly ok: true; readonly code: string } | { readonly ok: false; readonly fault: Fault };
type Change = (tree: Node) => void;

const IMPORT = `import Cell from '$lib/ui/cell/LessonCell.svelte';`;

/** The Svelte component of a lesson whose front matter and cells have been read. */
export async function compileLesson(
	text: string,
	filename: string,
	cells: readonly LessonCell[]
): Promise<Compiled> {
	const body = withoutFrontMatter(text);
	const lines = body.split('\n');
	const changes: Change[] = [
		(tree) => checkComponents(tree),
		(tree) => placeCells(tree, cells),
		(tree) => anchorHeadings(tree, lines),
		tidyLinks,
		keepProse
	];
	try {
		const code = withScript(await toSvelte(body, filename, changes));
		const fault = svelteFault(code);
		if (!fault) return { ok: true, code };
		const marked = await toSvelte(body, filename, [markLines, ...changes]);
		return {
			ok: false,
			fault: { message: fault.message, line: lineOfFault(marked, lines, fault) }
		};
	} catch (error) {
		return { ok: false, fault: await crashFault(error, lines, filename) };
	}
}

async function toSvelte(
	body: string,
	filename: string,
	changes: readonly Change[]
): Promise<string> {
	const reader = mdsvex({
		extension: '.svx',
		smartypants: false,
		highlight: { highlighter: (code, language) => highlight(code, language), optimise: false },
		remarkPlugins: [() => (tree: unknown) => changes.forEach((change) => change(tree as Node))]
	});
	const result = await reader.markup({ content: body, filename });
	return result?.code ?? '';
}

/** Empty lines instead of the front matter: `parseLesson` has read it, and lines keep their numbers. */
function withoutFrontMatter(text: string): string {
	return text.replace(/^---\n[\s\S]*?\n---(?=\n|$)/, (front) => front.replaceAll(/[^\n]/g, ''));
}

function withScript(code: string): string {
	const exported = '<script module>\n\texport const fault = null;\n</script>\n';
	const own = /<script(?![^>]*\bmodule\b)[^>]*>/;
	return own.test(code)
		? exported + code.replace(own, (tag) => `${tag}\n\t${IMPORT}`)
		: `${exported}<script>\n\t${IMPORT}\n</script>\n${code}`;
}

interface SvelteFault {
	readonly message: string;
	readonly offset: number;
	/** The line of the generated code that Svelte points at. */
	readonly text: string;
}

function svelteFault(code: string): SvelteFault | null {
	try {
		const { warnings } = compile(code, { generate: 'server', filename: 'lesson.svelte' });
		// A tag left open inside a paragraph is only a warning to Svelte; the page would look wrong.
		const open = warnings.find((warning) => warning.code === 'element_implicitly_closed');
		return open ? toFault(code, open.message, open.position) : null;
	} catch (error) {
		if (!isCompileError(error)) throw error;
		return toFault(code, error.message, error.position);
	}
}

function toFault(code: string, message: string, position?: [number, number]): SvelteFault {
	const offset = position?.[0] ?? 0;
	const text = code.slice(code.lastIndexOf('\n', offset - 1) + 1).split('\n')[0] ?? '';
	return { message: (message.split('\n')[0] ?? '').trim(), offset, text };
}

function isCompileError(error: unknown): error is Error & { position?: [number, number] } {
	return error instanceof Error && error.name === 'CompileError';
}

function lineOfFault(marked: string, lines: readonly string[], fault: SvelteFault): number {
	const again = svelteFault(marked);
	const line = again ? lineAt(marked, again.offset) : null;
	if (line) return line;
	const found = lines.findIndex((own) => own.trim() !== '' && own.trim() === fault.text.trim());
	return found < 0 ? 1 : found + 1;
}

async function crashFault(
	error: unknown,
	lines: readonly string[],
	filename: string
): Promise<Fault> {
	if (error instanceof LessonFault) return { line: error.line, message: error.message };
	const crashes = async (count: number) => {
		try {
			await toSvelte(lines.slice(0, count).join('\n'), filename, []);
			return false;
		} catch {
			return true;
		}
	};
	return {
		line: await lineOfCrash(lines.length, crashes),
		message: 'This line cannot be read. A `{` or a tag that begins here is probably never closed.'
	};
}
