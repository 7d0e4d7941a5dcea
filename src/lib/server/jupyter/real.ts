/**
 * The real `KernelHost`: a Python process that runs jupyter_server, reached with
 * `@jupyterlab/services`.
 *
 * Life cycle: `createKernelHost` does nothing yet; `prepare`, `attach` or the first `start` finds or
 * starts the host. When it dies another one is started, which takes its kernels over, and the links
 * go on there; a link ends when it is told to, when its kernel is gone, or when no host can be had.
 * Nothing here ends the host but `stop`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Channel, type ChannelEvents, type HostSource } from './channel';
import { type HostDescription, isRunning, readDescription } from './description';
import { JupyterFailure } from './failure';
import { ensureHost, findHost, stopHost, watchHost } from './host';
import { Link } from './link';
import { Pauses } from './pauses';
import type { HostPlace } from './place';
import type { AttachOptions, KernelHost, KernelLink, KernelListener, StartOptions } from './port';
import {
	findKernel,
	type KernelFacts,
	listKernels,
	type Settings,
	shutdownKernel,
	startKernel
} from './rest';
import { restSettings } from './socket';

const ANSWER_MS = 60_000;

/** Hosts that die while a kernel starts, until the start counts as failed. */
const START_TRIES = 3;
/** Hosts that cannot be started, one after the other, until kernels count as lost. */
const HOST_TRIES = 5;

interface Running {
	readonly host: HostDescription;
	readonly settings: Settings;
}

export function createKernelHost(place: HostPlace): KernelHost {
	return new RealHost(place);
}

class RealHost implements KernelHost {
	readonly startsSafely = true;
	readonly #place: HostPlace;
	readonly #links = new Set<Link>();
	readonly #pauses = new Pauses();
	#running: Running | null = null;
	#starting: Promise<HostDescription> | null = null;
	#replacing: Promise<void> | null = null;
	#unwatch: () => void = () => undefined;

	constructor(place: HostPlace) {
		this.#place = place;
	}

	async prepare(): Promise<void> {
		// One that runs is left as it is, whatever its version: kernels may be at work in it.
		if (!(await findHost(this.#place.runtime))) this.#use(await this.#ensure());
	}

	async start(options: StartOptions): Promise<KernelLink> {
		for (let tries = 1; ; tries += 1) {
			options.stage('host');
			const running = this.#use(await this.#ensure());
			try {
				return await this.#startAt(running, options);
			} catch (error) {
				if (tries === START_TRIES || isRunning(running.host.pid)) throw error;
			}
		}
	}

	async #startAt(running: Running, options: StartOptions): Promise<KernelLink> {
		options.stage('python');
		const facts = await startKernel(
			options.cwd,
			running.settings,
			options.safe ? 'tuningfork-safe' : 'tuningfork'
		);
		const link = await this.#open(facts, 0, options.listener);
		options.stage('answering');
		await this.#awaitAnswer(link);
		return link;
	}

	async attach(options: AttachOptions): Promise<KernelLink | null> {
		// Even if none runs: a kernel that goes on without a host is found by the next one.
		const running = await this.#found();
		if (running === null) return null;
		// A kernel without walls is no kernel of a class, whoever started it.
		if (running.host.walls !== this.#place.walls) return null;
		const facts = await findKernel(options.kernel, running.settings);
		return facts ? this.#open(facts, options.after, options.listener) : null;
	}

	async endOthers(known: readonly string[]): Promise<void> {
		const running = await this.#found();
		if (running === null) return;
		const others = (await listKernels(running.settings)).filter((id) => !known.includes(id));
		await Promise.all(others.map((id) => shutdownKernel(id, running.settings)));
	}

	/** `null`: there is none, and none can be started. Whoever starts a kernel is told why. */
	async #found(): Promise<Running | null> {
		try {
			return this.#use(await this.#ensure());
		} catch (error) {
			if (error instanceof JupyterFailure) return null;
			throw error;
		}
	}

	async stop(): Promise<void> {
		this.#unwatch();
		const host = await findHost(this.#place.runtime);
		[...this.#links].forEach((link) => link.detach());
		this.#running = null;
		if (host && !this.#place.isService) await stopHost(host);
	}

	/** Several lessons may open at once; they share one host. */
	#ensure(): Promise<HostDescription> {
		this.#starting ??= ensureHost(this.#place).finally(() => (this.#starting = null));
		return this.#starting;
	}

	#use(host: HostDescription): Running {
		const current = this.#running;
		if (current?.host.pid === host.pid && current.host.token === host.token) return current;
		const running = { host, settings: restSettings(host) };
		this.#unwatch();
		this.#unwatch = watchHost(host, (detail) => {
			console.error(`The kernel host has ended (${detail}); another one takes its place.`);
			// Those that need it are told when it fails.
			this.#renewed(host).catch(() => undefined);
		});
		this.#running = running;
		return running;
	}

	/** One that died is replaced once, however many ask. */
	async #renewed(dead: HostDescription): Promise<void> {
		if (this.#now().host.token !== dead.token) return;
		this.#replacing ??= this.#replace().finally(() => (this.#replacing = null));
		await this.#replacing;
	}

	async #replace(): Promise<void> {
		// A host that is told to stop takes its description away, and its kernels end with it.
		if (readDescription(this.#place.runtime) === null)
			throw new JupyterFailure('host-died', 'The kernel host was told to stop.');
		this.#pauses.note();
		for (let tries = 1; ; tries += 1) {
			await wait(this.#pauses.next());
			try {
				this.#use(await this.#ensure());
				return;
			} catch (error) {
				if (tries === HOST_TRIES) throw error;
				this.#pauses.note();
			}
		}
	}

	#now(): Running {
		if (this.#running) return this.#running;
		throw new JupyterFailure('host-died', 'The kernel host was stopped.');
	}

	async #open(
		{ id: kernel, started }: Pick<KernelFacts, 'id' | 'started'>,
		after: number,
		listener: KernelListener
	): Promise<Link> {
		const now = () => this.#now();
		const source: HostSource = {
			get host() {
				return now().host;
			},
			renewed: (dead) => this.#renewed(dead)
		};
		const way = {
			get settings() {
				return now().settings;
			},
			renewed: async (settings: Settings) => {
				const { host, settings: present } = now();
				if (present === settings) await this.#renewed(host);
			}
		};
		const channel = (events: ChannelEvents) => new Channel(source, kernel, after, events);
		const onEnd = (link: Link) => this.#links.delete(link);
		const link = new Link({ way, kernel, started, listener, channel, onEnd });
		this.#links.add(link);
		await link.open();
		return link;
	}

	async #awaitAnswer(link: Link): Promise<void> {
		const late = setTimeout(() => link.detach(), ANSWER_MS);
		const death = await link.firstAnswer();
		clearTimeout(late);
		if (death === null) return;
		await link.shutdown().catch(() => undefined);
		const how = text(death['signal']) || text(death['exit_code']) || 'no answer';
		throw new JupyterFailure(
			'kernel-not-started',
			`Python could not start (${how}).`,
			text(death['log'])
		);
	}
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
