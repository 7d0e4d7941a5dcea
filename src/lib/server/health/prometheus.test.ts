import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { metricsText } from './prometheus';
import { HEALTH, KERNEL } from './testing';

const FULL = {
	...HEALTH,
	kernels: [
		{
			...KERNEL,
			condition: 'training' as const,
			bound: 3 * 2 ** 30,
			training: { step: 3, total: 20, loss: 'NaN' }
		},
		{ ...KERNEL, id: 'ffff0000-1', learner: 'Ada', lesson: 'A "quoted" \\ title\nin two lines' },
		{ ...KERNEL, id: null, condition: 'waiting' as const }
	]
};

interface Family {
	readonly name: string;
	readonly type: string;
	readonly samples: readonly (readonly [labels: string, value: number])[];
}

const LABELS = String.raw`\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\}`;
const SAMPLE = new RegExp(String.raw`^([a-z_:][a-z0-9_:]*)(${LABELS})? (\S+)$`);
const FAMILY = /^# HELP (\S+) (.+)\n# TYPE (\S+) (gauge|counter)\n((?:(?!# HELP ).+\n)+)/gm;

/** Strict: whatever is not exactly as the format says is an error. */
function parse(text: string): readonly Family[] {
	const families = [...text.matchAll(FAMILY)].map(
		([, name = '', , typed, type = '', body = '']) => {
			if (name !== typed) throw new Error(`HELP of ${name}, TYPE of ${typed ?? ''}`);
			const samples = body
				.trimEnd()
				.split('\n')
				.map((line) => toSample(line, name));
			if (new Set(samples.map(([labels]) => labels)).size !== samples.length)
				throw new Error(`${name} says the same twice`);
			return { name, type, samples };
		}
	);
	if ([...text.matchAll(FAMILY)].map(([all]) => all).join('') !== text)
		throw new Error('something is neither HELP, TYPE nor a sample');
	if (new Set(families.map(({ name }) => name)).size !== families.length)
		throw new Error('a family comes twice');
	return families;
}

function toSample(line: string, family: string): readonly [string, number] {
	const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
	if (name !== family) throw new Error(`“${line}” is no sample of ${family}`);
	if (value !== 'NaN' && Number.isNaN(Number(value.replace('Inf', 'Infinity'))))
		throw new Error(`“${value}” is no number`);
	return [labels, Number(value)];
}

function valueOf(families: readonly Family[], name: string, labels = ''): number | undefined {
	const family = families.find((one) => one.name === name);
	return family?.samples.find(([found]) => found.includes(labels))?.[1];
}

describe('the text', () => {
	const families = parse(metricsText(FULL));

	test('is what the strict parser accepts, with the values that were given', () => {
		expect(valueOf(families, 'tuningfork_disk_free_bytes')).toBe(3e9);
		expect(valueOf(families, 'tuningfork_kernels', 'state="training"')).toBe(1);
		expect(valueOf(families, 'tuningfork_kernels', 'state="dead"')).toBe(0);
		expect(valueOf(families, 'tuningfork_kernel_training_loss', '0123abcd')).toBeNaN();
		expect(valueOf(families, 'tuningfork_kernel_memory_limit_bytes')).toBe(3 * 2 ** 30);
		expect(valueOf(families, 'tuningfork_database_written_timestamp_seconds')).toBe(1.7e9 + 0.5);
	});

	test('leaves out what is not known', () => {
		const names = families.map(({ name }) => name);
		expect(names).not.toContain('tuningfork_data_size_bytes');
		expect(names).not.toContain('tuningfork_database_copied_timestamp_seconds');
	});

	test('names things as is the custom: a prefix, base units, "_total" for what only grows', () => {
		for (const { name, type } of families) {
			expect(name).toMatch(/^tuningfork_[a-z]+(_[a-z]+)*$/);
			expect(name.endsWith('_total')).toBe(type === 'counter');
			expect(name).not.toMatch(/_(ms|mb|kb|percent|milliseconds|megabytes)\b/);
		}
	});

	test('says nobody’s name', () => expect(metricsText(FULL)).not.toContain('Ada'));

	test('a kernel that has not been started has no line of its own', () =>
		expect(valueOf(families, 'tuningfork_kernel_forked', 'kernel=""')).toBeUndefined());
});

test('Prometheus’ own client reads it, with the same labels', () => {
	const program = [
		'import json, sys',
		'from prometheus_client.parser import text_string_to_metric_families as parse',
		'families = list(parse(sys.stdin.read()))',
		'print(json.dumps({f.name: [[s.name, s.labels, str(s.value)] for s in f.samples] for f in families}))'
	].join('\n');
	const { stdout, stderr } = spawnSync('.venv/bin/python', ['-c', program], {
		input: metricsText(FULL),
		encoding: 'utf8'
	});
	expect(stderr).toBe('');
	const families = JSON.parse(stdout) as Record<string, [string, Record<string, string>, string][]>;
	expect(families['tuningfork_kernel_cpu_seconds']).toHaveLength(2);
	expect(families['tuningfork_kernel_processes']?.map(([, labels]) => labels)).toEqual([
		{ kernel: '0123abcd', lesson: 'Fine-tune in five minutes' },
		{ kernel: 'ffff0000', lesson: 'A "quoted" \\ title\nin two lines' }
	]);
});
