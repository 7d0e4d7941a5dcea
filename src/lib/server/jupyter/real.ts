/**
 * The real `KernelHost`: a Python process that runs jupyter_server, reached with
 * `@jupyterlab/services`.
 *
 * Life cycle: `createKernelHost` does nothing yet; the first `start` finds or starts the host;
 * links end when they are told to, when their kernel is gone, or when the host dies, and the next
 * `start` begins anew. Nothing here ends the host but `stop`.
 */
import type { HostDescription } from './description';
import { JupyterFailure } from './failure';
import { ensureHost, findHost, stopHost, watchHost } from './host';
import { Link } from './link';
import type { HostPlace } from './place';
import type { AttachOptions, KernelHost, KernelLink, KernelListener, StartOptions } from './port';
import { findKernel, type Settings, startKernel } from './rest';
import { restSettings } from './socket';

const ANSWER_MS = 60_000;

interface Running {
	readonly host: HostDescription;
	readonly settings: Settings;
	readonly links: Set<Link>;
}

export function createKernelHost(place: HostPlace): KernelHost {
	return new RealHost(place);
}

class RealHost implements KernelHost {
	readonly #place: HostPlace;
	#running: Running | null = null;
	#starting: Promise<HostDescription> | null = null;

	constructor(place: HostPlace) {
		this.#place = place;
	}

	async start(options: StartOptions): Promise<KernelLink> {
		options.stage('host');
		const running = this.#use(await this.#ensure());
		options.stage('python');
		const { id } = await startKernel(options.cwd, running.settings);
		const link = await open(running, id, 0, options.listener);
		options.stage('answering');
		await this.#awaitAnswer(link);
		return link;
	}

	async attach(options: AttachOptions): Promise<KernelLink | null> {
		const host = await findHost(this.#place.runtime);
		if (!host) return null;
		const running = this.#use(host);
		const facts = await findKernel(options.kernel, running.settings);
		return facts ? open(running, options.kernel, options.after, options.listener) : null;
	}

	async stop(): Promise<void> {
		const host = await findHost(this.#place.runtime);
		[...(this.#running?.links ?? [])].forEach((link) => link.detach());
		if (host) await stopHost(host);
	}

	/** Several lessons may open at once; they share one host. */
	#ensure(): Promise<HostDescription> {
		this.#starting ??= ensureHost(this.#place).finally(() => (this.#starting = null));
		return this.#starting;
	}

	#use(host: HostDescription): Running {
		const current = this.#running;
		if (current?.host.pid === host.pid && current.host.token === host.token) return current;
		const running = { host, settings: restSettings(host), links: new Set<Link>() };
		watchHost(host, (detail) => [...running.links].forEach((link) => link.hostDied(detail)));
		this.#running = running;
		return running;
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

async function open(
	running: Running,
	kernel: string,
	after: number,
	listener: KernelListener
): Promise<Link> {
	const { host, settings, links } = running;
	const onEnd = (link: Link) => links.delete(link);
	const link = new Link({ host, settings, kernel, after, listener, onEnd });
	links.add(link);
	await link.open();
	return link;
}
