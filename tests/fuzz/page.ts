/** The lesson's page for a notebook, as the server sends it: its data, and its text. */
import { stringify, parse, uneval } from 'devalue';
import { render } from 'svelte/server';
import type { Lesson } from '../../src/lib/lesson/lesson';
import type { Notebook } from '../../src/lib/notebook/notebook';
import { notebookText } from '../../src/lib/server/session/served';
import Reader from '../../src/routes/lessons/[slug]/Reader.svelte';
import Prose from './Prose.svelte';
import { CELLS } from './story';

export const LESSON: Lesson = {
	slug: '01-story',
	number: 1,
	title: 'A story',
	summary: 'What a kernel can say.',
	goal: '',
	minutes: 1,
	headings: [{ id: 'all', text: 'All', cells: CELLS }],
	cells: CELLS.map((id, at) => ({ id, code: `print(${at})`, line: at + 1 }))
};

/** What is wrong with the page; `null`: nothing. @throws whatever the making of the page throws */
export async function faultOfPage(notebook: Notebook): Promise<string | null> {
	// As +page.server.ts gives it to the serializer, and +page.ts takes it from there.
	const sent = {
		lesson: LESSON,
		notebook: notebookText(notebook),
		version: 'test',
		journal: 'j',
		install: 'i'
	};
	uneval(sent);
	const data = parse(stringify(sent)) as typeof sent;
	const read = JSON.parse(data.notebook) as Notebook;
	if (JSON.stringify(read) !== JSON.stringify(notebook))
		return 'the page is given another notebook';
	const props = { data: { ...data, notebook: read, prose: Prose, previous: null, next: null } };
	const { body } = await render(Reader, { props });
	return faultOfText(body, notebook);
}

function faultOfText(body: string, notebook: Notebook): string | null {
	if (!body.includes('A story</h1>')) return 'the page has no heading';
	const lost = notebook.cells.find(({ id }) => !body.includes(`data-cell="${id}"`));
	if (lost) return `the page lacks the cell ${lost.id}`;
	const own = notebook.cells.filter(({ kind }) => kind === 'scratch').length;
	if (body.split('Delete this cell').length - 1 < own) return 'a cell cannot be deleted';
	return null;
}
