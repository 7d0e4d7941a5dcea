/**
 * Looks at everything every five seconds, and remembers the last hour.
 *
 * Life cycle: `beginHealth` when the web process starts; it ends with it, and so does the memory.
 * What is looked at is cheap: the host answers from one pass over the processes, the database from its
 * files. Whoever asks in between gets what was seen last.
 */
import type { Health, Use } from '$lib/protocol/health';
import { findLesson } from '../course';
import type { HostHealth, ProcessReport } from '../jupyter/health';
import { hostHealth } from '../jupyter/health';
import { hostPlace } from '../jupyter/place';
import { DATA, ROOT } from '../paths';
import { nameOf } from '../people';
import { LEARNER } from '../secret';
import { openWork } from '../session/sessions';
import { VERSION } from '../version';
import { Disk } from './disk';
import { Histories } from './history';
import { kernelLines, type WorkNow } from './kernels';
import { Rates } from './rates';
import { checksOf } from './ready';
import { isOtherUser, isRoot, ROOT_WARNING, wallsFacts } from './settings';
import { databaseFacts } from './store';
import { makeToken } from './token';

const EVERY_MS = 5000;
const NOBODY: ProcessReport = {
	pid: null,
	memory: null,
	memoryIs: 'pss',
	cpu: null,
	processes: null,
	since: null,
	isStopped: false
};

class Sampler {
	readonly #histories = new Histories();
	readonly #rates = new Rates();
	readonly #disk = new Disk(DATA);
	readonly #runtime = hostPlace({ root: ROOT, data: DATA }).runtime;
	#looking: Promise<Health> | null = null;
	#last: Health | null = null;
	#isStopping = false;

	/** Not older than a round and a half. */
	async health(): Promise<Health> {
		const last = this.#last;
		return last && Date.now() - last.at < 1.5 * EVERY_MS ? last : this.look();
	}

	look(): Promise<Health> {
		this.#looking ??= this.#look().finally(() => (this.#looking = null));
		return this.#looking;
	}

	stop(): void {
		this.#isStopping = true;
		this.#last = null;
	}

	async #look(): Promise<Health> {
		const [host, disk, works] = await Promise.all([
			hostHealth(this.#runtime),
			this.#disk.look(),
			worksNow()
		]);
		const database = databaseFacts();
		const at = Date.now();
		const report = host.state === 'running' ? host.report : null;
		const walls = wallsFacts(report?.walls ?? { on: null, tier: null });
		this.#rates.begin();
		const measure = (name: string, one: ProcessReport, when = report?.at) =>
			this.#measure(name, one, when ?? at / 1000, at);
		const kernels = kernelLines(works, report?.kernels ?? [], measure, at);
		const count = (state: string) => kernels.filter((one) => one.condition === state).length;
		const waiting = count('waiting');
		this.#last = {
			at,
			version: VERSION,
			checks: checksOf({ database, disk, host: host.state, walls, isStopping: this.#isStopping }),
			kernels,
			queue: { waiting, starting: count('starting'), history: this.#note('queue', waiting, at) },
			disk: { ...disk, history: this.#note('disk', disk.free, at) },
			database: { ...database, history: this.#note('database', database.size, at) },
			host: {
				...measure('host', report?.host ?? NOBODY),
				state: host.state,
				version: report?.host.version ?? null,
				isApart: isOtherUser(report?.host.uid ?? null)
			},
			template: { ...measure('template', report?.template ?? NOBODY), ...templateOf(host) },
			web: { ...measure('web', ourselves(), performance.now() / 1000), isRoot: isRoot() },
			walls
		};
		this.#histories.forgetOld(at);
		return this.#last;
	}

	/** @param when the report's own clock, seconds */
	#measure(name: string, report: ProcessReport, when: number, at: number): Use {
		const cpu = this.#rates.of(name, report.cpu, when);
		return {
			pid: report.pid,
			memory: report.memory,
			shared: report.memoryIs === 'pss' ? 'fair' : 'full',
			cpu,
			cpuSeconds: report.cpu,
			since: report.since === null ? null : report.since * 1000,
			memoryHistory: this.#note(`${name} memory`, report.memory, at),
			cpuHistory: this.#note(`${name} cpu`, cpu, at)
		};
	}

	#note(name: string, value: number | null, at: number) {
		this.#histories.note(name, value, at);
		return this.#histories.read(name, at);
	}
}

function ourselves(): ProcessReport {
	const { user, system } = process.cpuUsage();
	return {
		...NOBODY,
		pid: process.pid,
		memory: process.memoryUsage.rss(),
		memoryIs: 'rss',
		cpu: (user + system) / 1e6,
		processes: 1,
		since: Date.now() / 1000 - process.uptime()
	};
}

function templateOf(host: HostHealth): Pick<Health['template'], 'kind' | 'state' | 'whyNot'> {
	if (host.state !== 'running') return { kind: 'template', state: 'unknown', whyNot: null };
	const { kind, pid, whyNot } = host.report.template;
	return { kind, state: pid === null ? 'missing' : 'ready', whyNot };
}

async function worksNow(): Promise<readonly WorkNow[]> {
	const works = await openWork();
	return works.map(({ learner, lesson, session }) => {
		const found = findLesson(lesson);
		return {
			learner: learner === LEARNER ? null : nameOf(learner),
			title: found?.ok ? found.lesson.title : lesson,
			kernel: session.kernel,
			notebook: session.notebook
		};
	});
}

const sampler = new Sampler();

/** From now on the last hour is remembered. */
export function beginHealth(): void {
	if (isRoot()) console.error(ROOT_WARNING);
	makeToken();
	const look = () => void sampler.look().catch((error: unknown) => console.error(error));
	setInterval(look, EVERY_MS).unref();
}

export function currentHealth(): Promise<Health> {
	return sampler.health();
}

/** The app is being stopped: from now on it is not ready. */
export function noteStopping(): void {
	sampler.stop();
}
