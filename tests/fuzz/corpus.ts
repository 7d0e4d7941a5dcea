/**
 * Messages that did harm once, as small as they could be made, and their siblings. Most of them ended the
 * web process of everybody, at each start again; some shut the learner out of the lesson for good.
 */
import { CHART_MIME, METRICS_MIME } from '../../src/lib/notebook/output';
import type { Message, Step } from './story';
import { fields, type Fields, type Value } from './value';

const JSON_MIME = 'application/json';
const VEGA_MIME = 'application/vnd.vegalite.v5+json';
const OBJECT_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] as const;
const DEEP: Value = { $nest: [null, 100_000] };
const LESS_DEEP: Value = { $nest: ['a', 5000] };
const INFINITE: Value = { $json: '1e999' };

/** What a kernel says, by what is wrong with it. */
export const CORPUS: Readonly<Record<string, readonly Message[]>> = {
	'a cursor sent far to the right': prints(
		'\u001b[999999999Cx',
		'\u001b[2147483648Gx',
		'\u001b[99999999C\u001b[Kx'
	),
	'a cursor sent to infinity': prints(`\u001b[${'9'.repeat(400)}Cx`, `\u001b[${'9'.repeat(400)}Gx`),
	'many moves, each of them short': prints({ $repeat: ['\u001b[20000C', 50_000] }, 'x'),
	'a colour with a thousand numbers': prints({
		$join: ['\u001b[', { $repeat: ['38;5;1;', 9000] }, 'mx']
	}),
	'a link that is never closed': prints('\u001b]8;;https://example.org', 'after\n'),
	'a line without end': prints({ $repeat: ['x', 1_000_000] }, '\u001b[31my'),
	'a chart with the name of something that objects have': OBJECT_NAMES.flatMap((chart) => [
		shows(METRICS_MIME, { chart, rows: [{ step: 1 }] }),
		shows(CHART_MIME, {
			chart,
			title: '',
			description: '',
			x: { field: 'step', title: '' },
			panels: [],
			state: 'running',
			progress: null,
			summary: null
		})
	]),
	'rows with such names': OBJECT_NAMES.map((name) =>
		shows(METRICS_MIME, { chart: 'c', rows: [fields([[name, 1]])] })
	),
	'values with such names': OBJECT_NAMES.flatMap((name) => [
		shows(JSON_MIME, fields([[name, { a: 1 }]])),
		shows(name, 'x'),
		shows(VEGA_MIME, { data: { name }, datasets: fields([[name, []]]), mark: 'point' }),
		say('display_data', { data: {}, metadata: fields([[name, { a: 1 }]]), transient: {} })
	]),
	'a display with such a name, and its update': OBJECT_NAMES.flatMap((display_id) =>
		['display_data', 'update_display_data'].map((type) =>
			say(type, { data: { 'text/plain': 'x' }, metadata: {}, transient: { display_id } })
		)
	),
	'lists in lists': [DEEP, LESS_DEEP].flatMap((value) => [
		shows(JSON_MIME, value),
		shows(METRICS_MIME, { chart: 'c', rows: [{ step: value }] }),
		say('display_data', { data: { 'text/plain': 'x' }, metadata: { a: value }, transient: {} }),
		say('execute_reply', { payload: [{ source: 'page', data: { 'text/plain': value } }] }),
		...['display_data', 'update_display_data'].map((type) =>
			say(type, { data: { 'text/plain': value }, transient: { display_id: 'd' } })
		)
	]),
	'numbers that JSON has not': [
		shows(JSON_MIME, INFINITE),
		shows(METRICS_MIME, { chart: 'c', rows: [{ loss: INFINITE }] }),
		say('execute_input', { code: '', execution_count: INFINITE }),
		say('tuningfork_rest', {
			state: 'ending',
			why: 'unused',
			unused_s: INFINITE,
			ends_in_s: INFINITE
		})
	],
	'half letters': [
		...prints('\ud800x', 'x\udc00'),
		say('error', { ename: '\ud83d', evalue: '\ud83d', traceback: ['\ud83d'] }),
		say('input_request', { prompt: '\ud83d', password: false })
	],
	'an error with two million letters': [
		say('error', {
			ename: 'E',
			evalue: { $repeat: ['long ', 400_000] },
			traceback: [{ $repeat: ['x', 2_000_000] }]
		})
	],
	'nothing where something should be': [null, [], 'x', 1, {}].flatMap((content: Value) =>
		['stream', 'display_data', 'error', 'status', 'execute_reply', 'tuningfork_rest'].map(
			(type) => ({
				...say(type, {}),
				content
			})
		)
	)
};

/** A cell that runs, and below it one of the learner's own. */
export const BEGIN: readonly Step[] = [
	{ do: 'command', command: { type: 'run', cells: [{ cell: 'data' }] } },
	{ do: 'command', command: { type: 'add', cell: 'own-1', after: 'data', source: '' } },
	say('status', { execution_state: 'busy' })
];

function prints(...texts: readonly Value[]): readonly Message[] {
	return texts.map((text) => say('stream', { name: 'stdout', text }));
}

function shows(mime: string, value: Value): Message {
	return say('display_data', { data: fields([[mime, value]]), metadata: {}, transient: {} });
}

function say(type: string, content: Fields): Message {
	return { do: 'message', type, parent: { $run: 0 }, parentType: 'execute_request', content };
}
