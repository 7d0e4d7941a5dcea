/** A recorder on real SQLite and real files, and messages as they come from a kernel. For tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Entry, Event } from '$lib/notebook/event';
import type { Loose } from '$lib/notebook/foreign';
import type { Output } from '$lib/notebook/output';
import { openDatabase, type Db } from '../db/client';
import * as schema from '../db/schema';
import type { KernelMessage } from '../jupyter/port';
import { translate } from '../jupyter/translate';
import { openJournal } from '../journal';
import type { Journal } from './journal';
import { Recorder } from './recorder';
import type { Suspects } from './suspects';
import { openTexts, type Texts } from './texts';

export let folder: string;
export let db: Db;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'tf-poison-'));
	db = openDatabase(join(folder, 'test.db'), 'drizzle');
	db.insert(schema.session)
		.values({ id: 's', learner: 'me', lesson: '01-a', createdAt: 0, openedAt: 0 })
		.run();
	vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
	vi.restoreAllMocks();
	db.$client.close();
	rmSync(folder, { recursive: true });
});

export const execution = 'one.a';
const BEGIN: readonly Event[] = [
	{ type: 'lesson-read', cells: [{ id: 'one', code: '1' }] },
	{ type: 'execution-queued', execution, cell: 'one', source: '1', at: 1 },
	{ type: 'execution-started', execution, at: 2 }
];

/** @param now throws or ends the process where a message is recorded */
export function open(
	changed: Partial<Journal> = {},
	texts: Partial<Texts> = {},
	now = () => 5,
	suspects?: Suspects
) {
	const saved: Entry[] = [];
	const recorder = new Recorder({
		journal: { ...openJournal(db, 's', '01-a'), ...changed },
		texts: { ...openTexts(join(folder, 'texts')), ...texts },
		suspects,
		now,
		onsaved: (entries) => saved.push(...entries),
		ontrouble: () => undefined
	});
	if (recorder.saved.seq === 0) recorder.add(BEGIN);
	return { recorder, saved };
}

export function outputs(recorder: Recorder): readonly Output[] {
	recorder.flush();
	const [cell] = recorder.saved.cells;
	// What was saved is what is there after the next start, too.
	expect(open().recorder.saved).toEqual(recorder.saved);
	return cell?.outputs ?? [];
}

export function words(recorder: Recorder): string {
	return outputs(recorder)
		.map((output) => ('data' in output ? String(output.data['text/plain']) : output.type))
		.join('\n');
}

export function said(type: string, content: object, parent = execution): KernelMessage {
	const raw = { type, parent, parentType: 'execute_request', beside: false, tape: 1 };
	// As it comes over the wire: `JSON.parse` makes own keys of such names.
	const message = translate({ ...raw, content: JSON.parse(JSON.stringify(content)) as Loose });
	return message ?? expect.fail('no message');
}

export const print = (text: string) => said('stream', { name: 'stdout', text });
export const show = (data: object) => said('display_data', { data });
export const metrics = (chart: string, rows: unknown) =>
	show({ 'application/vnd.tuningfork.metrics.v1+json': { chart, rows } });
export const named = (text: string) => JSON.parse(text.replaceAll('PROTO', '__proto__')) as object;
