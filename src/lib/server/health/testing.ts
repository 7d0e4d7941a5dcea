/** For tests: an installation as it might be, in which a test changes what it is about. */
import type { Health, KernelHealth, Use } from '$lib/protocol/health';

export const USE: Use = {
	pid: 100,
	memory: 2 ** 20,
	shared: 'fair',
	cpu: 0.5,
	cpuSeconds: 12.5,
	since: 1_700_000_000_000,
	memoryHistory: [],
	cpuHistory: []
};

export const KERNEL: KernelHealth = {
	...USE,
	id: '0123abcd-1111-4222-8333-444455556666',
	learner: null,
	lesson: 'Fine-tune in five minutes',
	condition: 'idle',
	place: null,
	wait: null,
	training: null,
	problem: null,
	bound: null,
	processes: 1,
	start: { type: 'forked' }
};

export const HEALTH: Health = {
	at: 1_700_000_100_000,
	version: '1.2.3',
	checks: [{ name: 'database', ok: true, words: 'it can be read and written' }],
	kernels: [],
	queue: { waiting: 0, starting: 0, history: [] },
	disk: { free: 3e9, total: 8e9, data: null, left: 0, history: [] },
	database: {
		size: 4096,
		pending: 0,
		entries: 7,
		lastWrite: 1_700_000_000_500,
		checked: 1_700_000_000_000,
		backup: null,
		problem: null,
		history: []
	},
	host: { ...USE, state: 'running', version: '2', isApart: false },
	template: { ...USE, kind: 'template', state: 'ready', whyNot: null },
	web: { ...USE, isRoot: false },
	walls: { on: true, isClass: true, isWaived: false, tier: 'walls' }
};
