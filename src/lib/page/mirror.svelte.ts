/**
 * The page's copy of the notebook, kept in step with the server's, and how well that goes.
 */
import type { Notebook } from '$lib/notebook/notebook';
import type { Problem } from '$lib/notebook/problem';
import type { Frame } from '$lib/protocol/frame';
import { advance, type Step } from './replica';
import { EventStream, type Line } from './stream';
import type { Wire } from './wire';

export interface MirrorPorts {
	readonly wire: Wire;
	readonly version: string;
	/** Names the journal that the notebook's number belongs to. */
	readonly journal: string;
	onstep(step: Step): void;
	/** The notebook was replaced whole. */
	onreplace(): void;
	/** The server can save again. */
	onrecovery(): void;
	/** The line is up again after it was down. */
	onconnect(): void;
}

export class Mirror {
	notebook: Notebook = $state.raw() as Notebook;
	line = $state.raw<Line>({ type: 'connected' });
	/** Why the server cannot save at present. */
	trouble = $state.raw<Problem | null>(null);
	/** The server is of another version than this page. */
	outdated = $state(false);
	/** The server's clock minus this computer's, milliseconds. */
	skew = $state(0);
	readonly stream: EventStream;
	readonly #ports: MirrorPorts;
	#journal: string;
	#waiting: { readonly seq: number; readonly go: () => void }[] = [];

	constructor(notebook: Notebook, ports: MirrorPorts) {
		this.notebook = notebook;
		this.#ports = ports;
		this.#journal = ports.journal;
		this.stream = new EventStream({
			open: () => ports.wire.openStream(this.notebook.seq, this.#journal),
			probe: () => ports.wire.probeStream(this.notebook.seq, this.#journal),
			isOnline: () => navigator.onLine || isThisComputer(),
			now: () => Date.now(),
			random: () => Math.random(),
			onframe: (frame) => this.#take(frame),
			onchange: (line) => this.#change(line)
		});
	}

	/** Resolves when the copy has come as far as `seq`. */
	reach(seq: number): Promise<void> {
		if (this.notebook.seq >= seq) return Promise.resolve();
		return new Promise((resolve) => {
			this.#waiting.push({ seq, go: resolve });
		});
	}

	close(): void {
		this.stream.close();
		for (const { go } of this.#waiting) go();
		this.#waiting = [];
	}

	#change(line: Line): void {
		const wasAway = this.line.type !== 'connected';
		this.line = line;
		if (wasAway && line.type === 'connected') this.#ports.onconnect();
	}

	/** `false`: something is missing in between. */
	#take(frame: Frame): boolean {
		switch (frame.type) {
			case 'entries':
				return this.#advance(frame);
			case 'snapshot':
				this.notebook = frame.notebook;
				this.#journal = frame.journal;
				this.outdated ||= frame.version !== this.#ports.version;
				this.#ports.onreplace();
				break;
			case 'ping':
				this.skew = frame.now - Date.now();
				this.outdated ||= frame.version !== this.#ports.version;
				return frame.seq <= this.notebook.seq;
			case 'farewell':
				// The stream's own business: it is told as its line.
				return true;
			case 'trouble':
				if (this.trouble && !frame.problem) this.#ports.onrecovery();
				this.trouble = frame.problem;
		}
		this.#release();
		return true;
	}

	#advance({ entries }: Extract<Frame, { type: 'entries' }>): boolean {
		const { notebook, steps, gap } = advance(this.notebook, entries);
		for (const step of steps) {
			// One at a time: a draft must see each text the cell had, not only the last.
			this.notebook = step.after;
			this.#ports.onstep(step);
		}
		this.notebook = notebook;
		this.#release();
		return !gap;
	}

	#release(): void {
		const ready = this.#waiting.filter(({ seq }) => seq <= this.notebook.seq);
		this.#waiting = this.#waiting.filter(({ seq }) => seq > this.notebook.seq);
		for (const { go } of ready) go();
	}
}

/** A server on this computer is within reach without any network. */
function isThisComputer(): boolean {
	return /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
}
