import { expect, test } from 'vitest';
import { apply } from '$lib/notebook/apply';
import type { Event } from '$lib/notebook/event';
import { newNotebook } from '$lib/notebook/notebook';
import { METRICS_MIME } from '$lib/notebook/output';
import { eventsOf } from './record';

const EVENTS: readonly Event[] = [
	{ type: 'lesson-read', cells: [{ id: 'one', code: '1' }] },
	{ type: 'execution-queued', execution: 'one.ours', cell: 'one', source: '1', at: 1 }
];
const notebook = EVENTS.reduce(
	(before, event, index) => apply(before, { seq: index + 1, event }),
	newNotebook('01-a')
);

/** What goes by a name of its own, and not by the execution that it came with. */
function named(execution: string) {
	const rows = [{ step: 1, loss: 0.5 }];
	const data = { [METRICS_MIME]: { chart: 'loss', rows } };
	const metrics = { type: 'display', execution, data, metadata: {}, displayId: null } as const;
	const update = { ...metrics, type: 'display-updated', displayId: 'bar' } as const;
	return [metrics, update].flatMap((message) => eventsOf(notebook, message, 2));
}

test('metrics and updates of executions of this session are taken', () => {
	expect(named('one.ours').map(({ type }) => type)).toEqual([
		'metrics-appended',
		'display-updated'
	]);
});

test('those of an execution that is not of this session are not, though the cell has the name', () => {
	expect(named('one.theirs')).toEqual([]);
	expect(named('two.theirs')).toEqual([]);
	expect(named('')).toEqual([]);
});
