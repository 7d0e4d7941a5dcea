/** The few REST calls to the host, through `@jupyterlab/services`; what fails is a `JupyterFailure`. */
import { KernelAPI, ServerConnection } from '@jupyterlab/services';
import { type FailureCode, JupyterFailure } from './failure';
import type { Started } from './port';

export type Settings = ServerConnection.ISettings;

/** kernel/host/room.py */
const NO_MEMORY = 503;

export interface KernelFacts {
	readonly id: string;
	/** Number of the newest message on its tape. */
	readonly tape: number;
	/** How its process was started; `null`: the host does not say. */
	readonly started: Started | null;
}

/** @param name of its kernelspec: see kernel/host/spec.py and safe.py */
export function startKernel(
	cwd: string,
	settings: Settings,
	name: 'tuningfork' | 'tuningfork-safe' = 'tuningfork'
): Promise<KernelFacts> {
	// Jupyter's type leaves `path` out; the host takes it as the kernel's working folder.
	const request = { name, path: cwd };
	return told(KernelAPI.startNew(request, settings)).then(factsOf);
}

/** `null`: the host answers, but has no such kernel. */
export async function findKernel(id: string, settings: Settings): Promise<KernelFacts | null> {
	const model = await told(KernelAPI.getKernelModel(id, settings));
	return model === undefined ? null : factsOf(model);
}

/** The ids of all kernels that the host has. */
export async function listKernels(settings: Settings): Promise<readonly string[]> {
	return (await told(KernelAPI.listRunning(settings))).map(({ id }) => id);
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

/** A foreign server, or an older host, says nothing of it or another word. */
export function toStarted(value: unknown): Started | null {
	return value === 'forked' || value === 'pooled' || value === 'cold' ? value : null;
}

function factsOf(model: object & { readonly id: string }): KernelFacts {
	const tape = 'tape' in model ? model.tape : 0;
	const how = 'started' in model ? model.started : null;
	return { id: model.id, tape: typeof tape === 'number' ? tape : 0, started: toStarted(how) };
}

async function told<T>(call: Promise<T>): Promise<T> {
	try {
		return await call;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw new JupyterFailure(codeOf(error), message);
	}
}

/** The host says that it has no memory with the status for "later". */
function codeOf(error: unknown): FailureCode {
	if (!(error instanceof ServerConnection.ResponseError)) return 'host-died';
	return error.response.status === NO_MEMORY ? 'no-memory' : 'kernel-silent';
}
