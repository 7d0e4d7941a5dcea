/** Where kernels run: in our own host, or on the server that the environment names. */
import { hostPlace } from './place';
import type { KernelHost } from './port';
import { createKernelHost } from './real';
import { isRemote } from './remote/address';
import { createRemoteHost } from './remote/host';

export interface Choice {
	/** The app's folder. */
	readonly root: string;
	readonly data: string;
	/** What the folders that cells work in lie below. */
	readonly work: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
}

export function chooseHost({ root, data, work, env = process.env }: Choice): KernelHost {
	if (isRemote(env)) return createRemoteHost({ root, work, env });
	return createKernelHost(hostPlace({ root, data, env }));
}
