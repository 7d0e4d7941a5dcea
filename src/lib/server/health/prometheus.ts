/**
 * The facts of an installation in Prometheus' text format, version 0.0.4. Pure.
 *
 * Names follow its conventions: base units, `_total` for what only grows. No learner's name is among
 * the labels: what is collected here is kept elsewhere, and for long.
 */
import type { Health, KernelCondition, KernelHealth, Use } from '$lib/protocol/health';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

interface Family {
	readonly name: string;
	readonly type: 'gauge' | 'counter';
	readonly help: string;
	readonly samples: readonly Sample[];
}

const CONDITIONS: readonly KernelCondition[] = [
	'waiting',
	'starting',
	'idle',
	'busy',
	'training',
	'frozen',
	'dead'
];

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(health: Health): string {
	const families = [...appFamilies(health), ...processFamilies(health), ...kernelFamilies(health)];
	return families.map(familyText).join('');
}

function familyText({ name, type, help, samples }: Family): string {
	const lines = samples.flatMap(([labels, value]) =>
		value === null ? [] : [`tuningfork_${name}${labelText(labels)} ${numberText(value)}\n`]
	);
	if (lines.length === 0) return '';
	return `# HELP tuningfork_${name} ${help}\n# TYPE tuningfork_${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
	return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
	return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
	if (Number.isNaN(value)) return 'NaN';
	if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
	return String(value);
}

function one(name: string, help: string, value: number | null): Family {
	return { name, type: 'gauge', help, samples: [[{}, value]] };
}

function seconds(milliseconds: number | null): number | null {
	return milliseconds === null ? null : milliseconds / 1000;
}

function appFamilies({ version, checks, queue, disk, database, template, walls }: Health) {
	const ready = checks.map(({ name, ok }): Sample => [{ check: name }, Number(ok)]);
	return [
		{ ...one('build_info', 'Version of the app.', 1), samples: [[{ version }, 1]] },
		{ ...one('check_ok', 'Whether a condition for use is met.', null), samples: ready },
		one('starts_waiting', 'Kernels that wait for their turn to start.', queue.waiting),
		one('starts_running', 'Kernels that start now.', queue.starting),
		one('disk_free_bytes', 'Room left for the data folder.', disk.free),
		one('disk_size_bytes', 'Size of the disk of the data folder.', disk.total),
		one('data_size_bytes', 'All files of the data folder.', disk.data),
		one('database_size_bytes', 'Main file of the database.', database.size),
		one('database_log_bytes', 'Write-ahead log of the database.', database.pending),
		one('journal_entries', 'Entries in the journals of all lessons.', database.entries),
		time('database_written', 'Last write to the database.', database.lastWrite),
		time('database_checked', 'Last look through the database for damage.', database.checked),
		time('database_copied', 'Last copy of the database.', database.backup),
		one(
			'template_ready',
			'Whether a kernel is ready in advance: to be forked, or in the pool.',
			Number(template.state === 'ready')
		),
		one('walls_on', 'Whether kernels are started behind walls.', flag(walls.on)),
		{
			...one('walls_tier_info', 'What the doctor found at the start.', null),
			samples: walls.tier === null ? [] : [[{ tier: walls.tier }, 1]]
		}
	] satisfies readonly Family[];
}

function time(name: string, help: string, at: number | null): Family {
	return one(`${name}_timestamp_seconds`, `${help} Seconds since 1970.`, seconds(at));
}

function flag(value: boolean | null): number | null {
	return value === null ? null : Number(value);
}

function processFamilies({ host, template, web }: Health): readonly Family[] {
	const processes: readonly (readonly [string, Use])[] = [
		['host', host],
		['template', template],
		['web', web]
	];
	const each = (pick: (use: Use) => number | null) =>
		processes.map(([process, use]): Sample => [{ process }, pick(use)]);
	return [
		one('host_up', 'Whether the kernel host answers.', Number(host.state === 'running')),
		{
			name: 'process_memory_bytes',
			type: 'gauge',
			help: 'Memory; pages that several processes have in common are shared out among them.',
			samples: each(({ memory }) => memory)
		},
		{
			name: 'process_cpu_seconds_total',
			type: 'counter',
			help: 'Processor time since the process began.',
			samples: each(({ cpuSeconds }) => cpuSeconds)
		},
		{
			name: 'process_start_time_seconds',
			type: 'gauge',
			help: 'When the process began, seconds since 1970.',
			samples: each(({ since }) => seconds(since))
		}
	];
}

function kernelFamilies({ kernels }: Health): readonly Family[] {
	const counts = CONDITIONS.map((state): Sample => [
		{ state },
		kernels.filter(({ condition }) => condition === state).length
	]);
	const each = (name: string, help: string, pick: (kernel: KernelHealth) => number | null) =>
		({ ...one(name, help, null), samples: samplesOf(kernels, pick) }) satisfies Family;
	return [
		{ ...one('kernels', 'Kernels by their state.', null), samples: counts },
		each('kernel_memory_bytes', 'Memory of a kernel and its workers.', ({ memory }) => memory),
		each('kernel_memory_limit_bytes', 'Memory a kernel may have.', ({ bound }) => bound),
		each('kernel_processes', 'Processes of a kernel.', ({ processes }) => processes),
		each('kernel_start_time_seconds', 'When a kernel began, seconds since 1970.', ({ since }) =>
			seconds(since)
		),
		{
			...each('kernel_cpu_seconds_total', 'Processor time of a kernel.', (one) => one.cpuSeconds),
			type: 'counter'
		},
		each('kernel_forked', 'Whether a kernel was forked.', forked),
		each('kernel_training_step', 'Step of the training.', (one) => one.training?.step ?? null),
		each('kernel_training_steps', 'Steps it will have.', (one) => one.training?.total ?? null),
		each('kernel_training_loss', 'Loss that was told last.', lossOf)
	];
}

/** Eight letters of the id name a kernel among those of one installation. */
function samplesOf(
	kernels: readonly KernelHealth[],
	pick: (kernel: KernelHealth) => number | null
): readonly Sample[] {
	return kernels.flatMap((kernel): readonly Sample[] =>
		kernel.id === null
			? []
			: [[{ kernel: kernel.id.slice(0, 8), lesson: kernel.lesson ?? '' }, pick(kernel)]]
	);
}

function forked({ start }: KernelHealth): number | null {
	return start && Number(start.type === 'forked');
}

function lossOf({ training }: KernelHealth): number | null {
	const loss = training?.loss ?? null;
	return typeof loss === 'string' ? Number(loss) : loss;
}
