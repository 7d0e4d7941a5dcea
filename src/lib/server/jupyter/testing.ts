/** For the tests against the real host: a host in a folder of its own, and a listener with a memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDescription } from './description';
import { type HostPlace, hostPlace } from './place';
import type { KernelHost, KernelLink, KernelListener, KernelMessage } from './port';
import { createKernelHost } from './real';

export interface Heard {
	readonly message: KernelMessage;
	readonly tape: number;
	/** Milliseconds, from `performance.now()`. */
	readonly at: number;
}

export class Transcript implements KernelListener {
	readonly heard: Heard[] = [];
	readonly losses: { readonly reason: string; readonly at: number }[] = [];
	#waiting: (() => void)[] = [];

	message(message: KernelMessage, tape: number): void {
		this.heard.push({ message, tape, at: performance.now() });
		this.#wake();
	}

	lost(reason: 'host-died' | 'kernel-gone'): void {
		this.losses.push({ reason, at: performance.now() });
		this.#wake();
	}

	/** The first thing heard that fits, now or later. */
	async find(fits: (message: KernelMessage) => boolean): Promise<Heard> {
		return this.until(() => this.heard.find(({ message }) => fits(message)));
	}

	async until<T>(look: () => T | undefined): Promise<T> {
		for (;;) {
			const found = look();
			if (found !== undefined) return found;
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	idle(execution: string): Promise<Heard> {
		return this.find((message) => message.type === 'idle' && message.execution === execution);
	}

	of(execution: string): readonly KernelMessage[] {
		return this.heard
			.map(({ message }) => message)
			.filter((message) => 'execution' in message && message.execution === execution);
	}

	text(execution: string, name = 'stdout'): string {
		return this.of(execution)
			.map((message) => (message.type === 'stream' && message.name === name ? message.text : ''))
			.join('');
	}

	#wake(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		waiting.forEach((resolve) => resolve());
	}
}

export interface Rig {
	readonly folder: string;
	readonly place: HostPlace;
	readonly host: KernelHost;
	pid(): number;
	kernel(transcript: KernelListener): Promise<KernelLink>;
	close(): Promise<void>;
}

export function openRig(): Rig {
	const folder = mkdtempSync(join(tmpdir(), 'tf-host-'));
	const place = hostPlace({ root: process.cwd(), data: folder });
	const host = createKernelHost(place);
	return {
		folder,
		place,
		host,
		pid: () => readDescription(place.runtime)?.pid ?? 0,
		kernel: (listener) =>
			host.start({ cwd: join(folder, 'work'), listener, stage: () => undefined }),
		close: async () => {
			await host.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

let counter = 0;

/** Runs code and waits for its end; returns the execution's id. */
export async function run(link: KernelLink, transcript: Transcript, code: string): Promise<string> {
	const execution = next();
	link.execute(execution, code);
	await transcript.idle(execution);
	return execution;
}

export function next(): string {
	counter += 1;
	return `test-${process.pid}-${counter}`;
}

export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
