/** The few REST calls to the host, through `@jupyterlab/services`; what fails is a `JupyterFailure`. */
import { KernelAPI, ServerConnection } from '@jupyterlab/services';
import { JupyterFailure } from './failure';

export type Settings = ServerConnection.ISettings;

export interface KernelFacts {
	readonly id: string;
	/** Number of the newest message on its tape. */
	readonly tape: number;
}

export function startKernel(cwd: string, settings: Settings): Promise<KernelFacts> {
	// Jupyter's type leaves `path` out; the host takes it as the kernel's working folder.
	const request = { name: 'tuningfork', path: cwd };
	return told(KernelAPI.startNew(request, settings)).then(factsOf);
}

/** `null`: the host answers, but has no such kernel. */
export async function findKernel(id: string, settings: Settings): Promise<KernelFacts | null> {
	const model = await told(KernelAPI.getKernelModel(id, settings));
	return model === undefined ? null : factsOf(model);
}

export function interruptKernel(id: string, settings: Settings): Promise<void> {
	return told(KernelAPI.interruptKernel(id, settings));
}

/** Resolves when the new process answers. */
export function restartKernel(id: string, settings: Settings): Promise<void> {
	return told(KernelAPI.restartKernel(id, settings));
}

export function shutdownKernel(id: string, settings: Settings): Promise<void> {
	return told(KernelAPI.shutdownKernel(id, settings));
}

function factsOf(model: object & { readonly id: string }): KernelFacts {
	const tape = 'tape' in model ? model.tape : 0;
	return { id: model.id, tape: typeof tape === 'number' ? tape : 0 };
}

async function told<T>(call: Promise<T>): Promise<T> {
	try {
		return await call;
	} catch (error) {
		const refused = error instanceof ServerConnection.ResponseError;
		const message = error instanceof Error ? error.message : String(error);
		throw new JupyterFailure(refused ? 'kernel-silent' : 'host-died', message);
	}
}
