/**
 * A Jupyter message → our message, or `null` when it says nothing about an execution. Pure.
 *
 * Content comes from the learner's own process, so nothing is taken for granted: a missing or
 * wrongly typed field becomes an empty value, never an exception. What goes on from here is plain
 * JSON without names that mean something to JavaScript, and neither deep nor endless.
 */
import { isObject, NAME_LIMIT, safeObject, safeText, shorten } from '../../notebook/foreign';
import type { DeathCause, Doing, Failure, KernelMessage, MimeBundle } from './port';

export interface RawMessage {
	readonly type: string;
	/** The request that caused it: its id and its type; empty for none. */
	readonly parent: string;
	readonly parentType: string;
	/** The request was sent to a subshell. */
	readonly beside: boolean;
	readonly tape: number;
	readonly content: Readonly<Record<string, unknown>>;
}

/** Forms of one output. */
const FORM_LIMIT = 50;
const PROMPT_LIMIT = 10_000;
/** Of what is told of a death: a place in a file, a name. */
const FACT_LIMIT = 1000;
/** As much as a cell may hold. */
const SOURCE_LIMIT = 2_000_000;

/** In place of a type, when a message could be read but for its content. */
export const UNREADABLE = '(unreadable)';

export function translate(raw: RawMessage): KernelMessage | null {
	if (raw.type === 'tuningfork_died') return died(raw.content);
	if (raw.type === 'tuningfork_rest') return rested(raw.content);
	if (raw.parentType !== 'execute_request' || raw.parent === '') return null;
	return ofExecution(raw);
}

function ofExecution({
	type,
	parent: execution,
	beside,
	content
}: RawMessage): KernelMessage | null {
	switch (type) {
		case 'status':
			return status(execution, content);
		case 'execute_input':
			return {
				type: 'started',
				execution,
				count: count(content),
				code: safeText(content['code']).slice(0, SOURCE_LIMIT),
				beside
			};
		case 'stream':
			return stream(execution, content);
		case 'display_data':
			return { type: 'display', execution, ...shown(content) };
		case 'execute_result':
			return { type: 'result', execution, count: count(content), ...shown(content) };
		case 'update_display_data':
			return updated(execution, content);
		case 'clear_output':
			return { type: 'cleared', execution, wait: content['wait'] === true };
		case 'error':
			return { type: 'error', ...failure(execution, content) };
		case 'input_request':
			return asked(execution, content);
		case 'execute_reply':
			return replied(execution, content);
		case UNREADABLE:
			return { type: 'unreadable', execution };
		default:
			return null;
	}
}

function status(execution: string, content: MimeBundle): KernelMessage | null {
	const state = content['execution_state'];
	return state === 'busy' || state === 'idle' ? { type: state, execution } : null;
}

function stream(execution: string, content: MimeBundle): KernelMessage {
	const name = content['name'] === 'stderr' ? 'stderr' : 'stdout';
	return { type: 'stream', execution, name, text: safeText(content['text']) };
}

function shown(content: MimeBundle) {
	const id = bundle(content['transient'])['display_id'];
	return {
		data: forms(content['data']),
		metadata: safeObject(content['metadata']),
		displayId: typeof id === 'string' ? shorten(id.toWellFormed(), NAME_LIMIT) : null
	};
}

function updated(execution: string, content: MimeBundle): KernelMessage | null {
	const { displayId, data, metadata } = shown(content);
	return displayId === null
		? null
		: { type: 'display-updated', execution, displayId, data, metadata };
}

function failure(execution: string, content: MimeBundle): Failure {
	const lines = content['traceback'];
	return {
		execution,
		name: shorten(safeText(content['ename']), NAME_LIMIT),
		message: safeText(content['evalue']),
		traceback: Array.isArray(lines) ? lines.map(safeText) : []
	};
}

function asked(execution: string, content: MimeBundle): KernelMessage {
	const prompt = shorten(safeText(content['prompt']), PROMPT_LIMIT);
	return { type: 'input-requested', execution, prompt, password: content['password'] === true };
}

function replied(execution: string, content: MimeBundle): KernelMessage | null {
	const outcome = content['status'];
	return outcome === 'error' || outcome === 'aborted'
		? { type: 'replied', outcome, ...failure(execution, content) }
		: paged(execution, content);
}

function paged(execution: string, content: MimeBundle): KernelMessage | null {
	const payload = content['payload'];
	const pages = Array.isArray(payload) ? payload.map(bundle) : [];
	const page = pages.find((entry) => entry['source'] === 'page');
	return page ? { type: 'page', execution, data: forms(page['data']) } : null;
}

function died(content: MimeBundle): KernelMessage {
	const full = content['full'];
	return {
		type: 'died',
		cause: cause(content['cause']),
		sure: content['sure'] === true,
		exitCode: number(content['exit_code']),
		signal: textOrNull(content['signal']),
		memoryMb: number(content['memory_mb']),
		boundMb: number(content['bound_mb']),
		machineMb: number(content['machine_mb']),
		freeMb: number(content['free_mb']),
		full: full === 'disk' || full === 'shared-memory' ? full : null,
		doing: doing(bundle(content['doing'])),
		fits: number(content['fits']),
		where: textOrNull(content['where'])
	};
}

const CAUSES: readonly DeathCause[] = [
	'exit',
	'signal',
	'fault',
	'memory',
	'bound',
	'disk',
	'host-ended',
	'unknown'
];

function cause(value: unknown): DeathCause {
	return CAUSES.find((known) => known === value) ?? 'unknown';
}

/** From a note that the learner's own process left. */
function doing(note: MimeBundle): Doing | null {
	const { kind } = note;
	if (kind !== 'training' && kind !== 'loading') return null;
	const { model, step, of } = note;
	return { kind, model: textOrNull(model), step: number(step), of: number(of) };
}

function rested(content: MimeBundle): KernelMessage | null {
	const state = content['state'];
	if (state !== 'frozen' && state !== 'awake' && state !== 'ending' && state !== 'ended')
		return null;
	return {
		type: 'rest',
		state,
		why: content['why'] === 'memory' ? 'memory' : 'unused',
		unusedS: number(content['unused_s']) ?? 0,
		endsInS: number(content['ends_in_s'])
	};
}

function count(content: MimeBundle): number {
	return number(content['execution_count']) ?? 0;
}

function number(value: unknown): number | null {
	return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function textOrNull(value: unknown): string | null {
	return typeof value === 'string' ? shorten(value.toWellFormed(), FACT_LIMIT) : null;
}

/** Those that come first, if there are more than anybody offers. */
function forms(value: unknown): MimeBundle {
	if (!isObject(value)) return {};
	const names = Object.keys(value).slice(0, FORM_LIMIT);
	return safeObject(Object.fromEntries(names.map((name) => [name, value[name]])));
}

function bundle(value: unknown): MimeBundle {
	return isObject(value) ? value : {};
}
