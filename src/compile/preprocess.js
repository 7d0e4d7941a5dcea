/**
 * Turns a lesson file into a Svelte component, while the app is built.
 *
 * mdsvex reads the Markdown; our plugins turn `python cell` fences into `<Cell id="…" />`, give
 * headings their anchors, colour the other code and take prose literally. A lesson with a fault
 * becomes a page that names the file, the line and the fault: one bad lesson never stops the
 * others. Used by svelte.config.js only; knows nothing of kernels or of what a cell looks like.
 */
import path from 'node:path';
import { parseLesson } from '../lib/lesson/parse.ts';
import { compileLesson } from './lesson.ts';
import { faultPage } from './fault.ts';

/** @returns {import('svelte/compiler').PreprocessorGroup} */
export function lessonPreprocess() {
	return {
		name: 'lesson',
		async markup({ content, filename }) {
			if (!filename?.endsWith('.svx')) return undefined;
			return { code: await lessonToSvelte(content, filename) };
		}
	};
}

/**
 * The component for a lesson's text; for a faulty one, a component that tells the fault.
 * @param {string} content
 * @param {string} filename
 */
export async function lessonToSvelte(content, filename) {
	const slug = path.basename(path.dirname(filename));
	const text = content.replaceAll('\r\n', '\n');
	const parsed = parseLesson(slug, text);
	const file = `lessons/${slug}/${path.basename(filename)}`;
	if (!parsed.ok) return tell(file, parsed.problem);
	const compiled = await compileLesson(text, filename, parsed.lesson.cells);
	return compiled.ok ? compiled.code : tell(file, compiled.fault);
}

/**
 * @param {string} file
 * @param {import('./tree.ts').Fault} fault
 */
function tell(file, fault) {
	console.warn(`${file}:${fault.line}  ${fault.message}`);
	return faultPage(file, fault);
}
