/**
 * A `KernelHost` that is somebody else's: a Jupyter Server, a JupyterHub's server of one user, or an
 * Enterprise Gateway, reached by address and token.
 *
 * Life cycle: nothing is kept between starts but the links; the address is read anew for each, so that
 * a mended token file counts at once. Kernels there go on when this process ends.
 */
import { relative, sep } from 'node:path';
import { Link } from '../link';
import type { AttachOptions, KernelHost, KernelLink, KernelListener, StartOptions } from '../port';
import { type RemoteAddress, remoteAddress } from './address';
import { RemoteChannel } from './channel';
import { RemoteFailure } from './failure';
import { chooseKernel } from './kernelspec';
import { ask, remoteSettings, startKernel } from './request';
import { setUp } from './setup';

export interface RemoteOptions {
	/** The app's folder. */
	readonly root: string;
	/** The folder here that holds every working folder; there it is `~/tuningfork/work`. */
	readonly work: string;
	readonly env: Readonly<Record<string, string | undefined>>;
}

export function createRemoteHost(options: RemoteOptions): KernelHost {
	return new RemoteHost(options);
}

class RemoteHost implements KernelHost {
	/** What is read there at a start is that server's own. */
	readonly startsSafely = false;
	readonly #options: RemoteOptions;
	readonly #links = new Set<Link>();

	constructor(options: RemoteOptions) {
		this.#options = options;
	}

	/** Only looks: whether the address answers, lets us in and has a Python. */
	async prepare(): Promise<void> {
		const address = remoteAddress(this.#options.env);
		chooseKernel(address, await ask(address, 'kernelspecs'));
	}

	async start({ cwd, listener, stage }: StartOptions): Promise<KernelLink> {
		stage('host');
		const address = remoteAddress(this.#options.env);
		const name = chooseKernel(address, await ask(address, 'kernelspecs'));
		stage('python');
		const kernel = await startKernel(address, name);
		stage('answering');
		const link = this.#link(address, kernel, null, listener, cwd);
		try {
			await link.open();
			return link;
		} catch (error) {
			// Half a kernel serves nobody. If it cannot be ended either, the cause is the same.
			await link.shutdown().catch(() => undefined);
			throw error;
		}
	}

	async attach({
		kernel,
		after,
		listener,
		cwd = this.#options.work
	}: AttachOptions): Promise<KernelLink | null> {
		const address = remoteAddress(this.#options.env);
		const model = await ask(address, `kernels/${kernel}`).catch((error: unknown) => {
			// It may well run: the link goes on looking for it.
			if (error instanceof RemoteFailure) return undefined;
			throw error;
		});
		if (model === null) return null;
		const link = this.#link(address, kernel, after, listener, cwd);
		await link.open();
		return link;
	}

	/** The server is somebody else's, and so may its kernels be. */
	endOthers(): Promise<void> {
		return Promise.resolve();
	}

	async stop(): Promise<void> {
		await Promise.all([...this.#links].map((link) => link.shutdown()));
	}

	#link(
		address: RemoteAddress,
		kernel: string,
		after: number | null,
		listener: KernelListener,
		cwd: string
	): Link {
		const setup = { root: this.#options.root, work: this.#folder(cwd) };
		const link = new Link({
			way: { settings: remoteSettings(address) },
			kernel,
			started: null,
			listener,
			onEnd: (ended) => this.#links.delete(ended),
			channel: (events) =>
				new RemoteChannel({
					address,
					kernel,
					after,
					events,
					setUp: (line, from) => setUp(line, address.url, setup, from)
				})
		});
		this.#links.add(link);
		return link;
	}

	#folder(cwd: string): string {
		const inside = relative(this.#options.work, cwd)
			.split(sep)
			.filter((part) => part !== '..');
		return ['tuningfork', 'work', ...inside].join('/');
	}
}
