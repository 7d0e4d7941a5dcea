/** The health of an installation in words: what the page at `/health` says. Pure. */
import { problemText } from '$lib/notebook/problem';
import type {
	DatabaseFacts,
	DiskFacts,
	Health,
	History,
	KernelHealth,
	Start,
	Use,
	WallsFacts
} from '$lib/protocol/health';
import { elapsedWords, type Tone, type Words } from './words';

const REASONS: Readonly<Record<string, string>> = {
	off: 'loading in advance is switched off',
	system: 'this system cannot fork as it should',
	walls: 'what waits in the pool cannot be walled in',
	memory: 'there was no memory to load libraries in advance',
	loading: 'the libraries were still being loaded',
	changed: 'packages had changed',
	environment: 'its settings differ from those the libraries were loaded with',
	command: 'it is another kind of kernel',
	failed: 'loading in advance had failed; data/run/host.log says how'
};

/** One line of the table of parts. */
export interface PartLine extends Words {
	readonly name: string;
	/** Drawn beside it: what it is, and its last hour. */
	readonly drawn: { readonly label: string; readonly history: History } | null;
}

export function sizeWords(bytes: number | null): string {
	if (bytes === null) return 'unknown';
	const megabytes = bytes / 2 ** 20;
	if (megabytes < 1) return `${Math.ceil(bytes / 1024)} kB`;
	if (megabytes < 1000) return `${Math.round(megabytes)} MB`;
	return `${(megabytes / 1024).toFixed(1)} GB`;
}

/** Part of one core. */
export function cpuWords(cores: number | null): string {
	return cores === null ? '–' : `${Math.round(cores * 100)} %`;
}

/** How long ago, or since when. @param now milliseconds */
export function ageWords(since: number | null, now: number): string {
	return since === null ? '–' : elapsedWords(Math.max(0, now - since));
}

export function conditionWords(kernel: KernelHealth): Words {
	switch (kernel.condition) {
		case 'waiting':
			return { tone: 'busy', text: waitWords(kernel) };
		case 'starting':
			return { tone: 'busy', text: 'starting' };
		case 'training':
			return { tone: 'busy', text: trainingWords(kernel) };
		case 'busy':
			return { tone: 'busy', text: 'busy' };
		case 'idle':
			return { tone: 'good', text: 'idle' };
		case 'frozen':
			return { tone: 'quiet', text: 'frozen until it is used' };
		case 'dead':
			return { tone: 'bad', text: deathWords(kernel) };
	}
}

function waitWords({ place, wait }: KernelHealth): string {
	if (place === null) return 'waiting for its turn';
	return `waiting: number ${place}${wait === null ? '' : `, about ${wait} s`}`;
}

function trainingWords({ training }: KernelHealth): string {
	if (!training) return 'training';
	const loss = training.loss === null ? '' : `, loss ${lossWords(training.loss)}`;
	return `training: step ${training.step} of ${training.total}${loss}`;
}

function lossWords(loss: number | string): string {
	return typeof loss === 'number' ? String(Number(loss.toPrecision(3))) : loss;
}

function deathWords({ problem }: KernelHealth): string {
	return problem ? `dead: ${problemText({ code: problem }).what}` : 'dead';
}

export function memoryWords({ memory, bound, shared }: KernelHealth): string {
	if (memory === null) return '–';
	const about = shared === 'full' ? 'up to ' : '';
	return about + sizeWords(memory) + (bound === null ? '' : ` of ${sizeWords(bound)}`);
}

export function startWords(start: Start | null): string {
	if (start === null) return '–';
	if (start.type === 'forked') return 'forked';
	if (start.type === 'pooled') return 'from the pool';
	return start.because ? `ordinary: ${REASONS[start.because] ?? start.because}` : 'ordinary';
}

export function nameWords({ lesson, learner, id }: KernelHealth): string {
	const what = lesson ?? `no lesson uses it (${id?.slice(0, 8) ?? 'no kernel'})`;
	return learner === null ? what : `${learner}: ${what}`;
}

/** What a line says to who cannot see it. */
export function historyWords(history: History, words: (value: number) => string): string {
	const values = history.filter((value) => value !== null);
	const last = values.at(-1);
	if (last === undefined) return 'nothing measured yet';
	const [low, high] = [Math.min(...values), Math.max(...values)].map(words);
	return low === high
		? `${low} all the time`
		: `between ${low} and ${high}, at the end ${words(last)}`;
}

/**
 * A line through the values: an SVG path in a box of `width` by `height`, whose bottom is zero. Gaps
 * stay gaps; a value by itself is a short dash.
 */
export function linePath(history: History, width: number, height: number): string {
	const highest = Math.max(...history.map((value) => value ?? 0)) || 1;
	const x = (at: number) => round((at * width) / history.length);
	const y = (value: number) => round(height - (value / highest) * height);
	return history
		.map((value, at) => {
			if (value === null) return '';
			const begins = at === 0 || history[at - 1] === null;
			const from = begins ? `M${x(at)} ${y(value)}` : '';
			return `${from}L${x(at + 1)} ${y(value)}`;
		})
		.join('');
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}

export function partLines(health: Health): readonly PartLine[] {
	const { at, queue, host, template, web, walls, disk, database } = health;
	return [
		readyLine(health),
		{
			name: 'Starts',
			tone: queue.waiting > 0 ? 'busy' : 'good',
			text: `${queue.waiting} waiting, ${queue.starting} starting`,
			drawn: { label: 'Starts waiting', history: queue.history }
		},
		part('Kernel host', hostWords(host, at), drawnMemory(host)),
		part(
			template.kind === 'pool' ? 'Pool' : 'Template',
			templateWords(template),
			drawnMemory(template)
		),
		part(
			'Web app',
			{
				tone: web.isRoot ? 'warn' : 'good',
				text: `${useWords(web, at)}${web.isRoot ? '; it runs as root, which it should not' : ''}`
			},
			drawnMemory(web)
		),
		part('Walls', wallsWords(walls), null),
		part('Disk', { tone: diskTone(health), text: diskWords(disk) }, drawn('Free', disk.history)),
		part('Database', databaseWords(database, at), drawn('Size', database.history))
	];
}

function part(name: string, words: Words, history: PartLine['drawn']): PartLine {
	return { name, ...words, drawn: history };
}

function drawn(label: string, history: History): PartLine['drawn'] {
	return { label, history };
}

function drawnMemory({ memoryHistory }: Use): PartLine['drawn'] {
	return memoryHistory.length === 0 ? null : drawn('Memory', memoryHistory);
}

function readyLine({ checks }: Health): PartLine {
	const wrong = checks.filter(({ ok }) => !ok);
	const text = wrong.map(({ name, words }) => `${name}: ${words}`).join('; ');
	const isReady = wrong.length === 0;
	return part(
		'Ready',
		{ tone: isReady ? 'good' : 'bad', text: isReady ? 'yes' : `no: ${text}` },
		null
	);
}

function useWords({ pid, memory, cpu, since }: Use, now: number): string {
	const share = cpu === null ? '' : `, ${cpuWords(cpu)} of a core`;
	const age = since === null ? '' : `, for ${ageWords(since, now)}`;
	return `process ${pid ?? 'unknown'}, ${sizeWords(memory)}${share}${age}`;
}

function userWords({ isApart }: Health['host']): string {
	return isApart ? ', as a user of its own' : '';
}

function hostWords(host: Health['host'], now: number): Words {
	switch (host.state) {
		case 'running':
			return {
				tone: 'good',
				text: `version ${host.version ?? '?'}, ${useWords(host, now)}${userWords(host)}`
			};
		case 'none':
			return { tone: 'quiet', text: 'not running; the first lesson that is opened starts it' };
		case 'silent':
			return { tone: 'bad', text: 'it does not answer' };
	}
}

function templateWords({ state, pid, memory, whyNot }: Health['template']): Words {
	if (state === 'ready')
		return { tone: 'good', text: `ready: process ${pid ?? 'unknown'}, ${sizeWords(memory)}` };
	if (state === 'unknown') return { tone: 'quiet', text: 'unknown: no host runs' };
	const why = REASONS[whyNot ?? ''] ?? whyNot ?? 'unknown';
	const tone: Tone = whyNot === 'failed' ? 'bad' : 'quiet';
	return { tone, text: `none, so kernels start the ordinary way: ${why}` };
}

function wallsWords({ on, isClass, isWaived, tier }: WallsFacts): Words {
	const found = tier === null ? '' : ` (tier ${tier})`;
	if (isWaived)
		return { tone: 'bad', text: `not fit for this class${found}, which was accepted at the start` };
	if (on) return { tone: 'good', text: `on${found}` };
	if (isClass) return { tone: on === null ? 'quiet' : 'bad', text: `off${found}` };
	return { tone: 'quiet', text: 'off: for one person on their own computer' };
}

function diskTone({ checks }: Health): Tone {
	return checks.every(({ name, ok }) => ok || name !== 'disk') ? 'good' : 'bad';
}

function diskWords({ free, total, data, left }: DiskFacts): string {
	const more = left > 0 ? ` or more (not counted: ${left} closed, too deep or too many)` : '';
	const ours = data === null ? 'is being counted' : `has ${sizeWords(data)}${more}`;
	return `${sizeWords(free)} free of ${sizeWords(total)}; the data folder ${ours}`;
}

function databaseWords(facts: DatabaseFacts, now: number): Words {
	if (facts.problem !== null) return { tone: 'bad', text: `cannot be used: ${facts.problem}` };
	const ago = (time: number | null) => (time === null ? 'never' : `${ageWords(time, now)} ago`);
	const size = `${sizeWords(facts.size)} and ${sizeWords(facts.pending)} of log`;
	const text = `${size}, ${facts.entries ?? 0} journal entries, written ${ago(facts.lastWrite)}, checked ${ago(facts.checked)}, copied ${ago(facts.backup)}`;
	return { tone: 'good', text };
}
