/** What the learner asks for, on its way to the server, and what came of it. */
import type { Problem } from '$lib/notebook/problem';
import type { Command, CommandReply } from '$lib/protocol/command';
import type { Drafts } from './drafts.svelte';
import { newId } from './id';
import { Lane, type LanePorts, type Outgoing } from './lane';
import type { Mirror } from './mirror.svelte';
import type { Wire } from './wire';

export interface SenderPorts {
	readonly viewer: string;
	readonly wire: Wire;
	readonly mirror: Mirror;
	readonly drafts: Drafts;
}

type Wanted = Extract<Command, { type: 'run' }>['cells'][number];

const NOT_RUNNING = 'kernel-not-ready';

/** Milliseconds after which a run that is not answered yet is shown as being sent. */
const SLOW = 120;

export class Sender {
	/** Something asked for was refused. */
	complaint = $state.raw<Problem | null>(null);
	/** Cells asked to run, not yet answered. */
	asked = $state.raw<readonly string[]>([]);
	readonly #ports: SenderPorts;
	readonly #lane: Lane;
	/** Interrupts do not stand in line behind anything. */
	readonly #fastLane: Lane;

	constructor(ports: SenderPorts) {
		this.#ports = ports;
		this.#lane = new Lane(this.#lanePorts());
		this.#fastLane = new Lane(this.#lanePorts());
	}

	do(command: Command): void {
		this.#lane.add(this.#simple(command));
	}

	/** Before everything that waits. */
	doNow(command: Command): void {
		this.#fastLane.add(this.#simple(command));
	}

	run(ids: readonly string[]): void {
		this.#runAs(ids, (cells) => ({ type: 'run', cells: [...cells] }));
	}

	/** Beside what runs. */
	runBeside(id: string): void {
		this.#runAs([id], ([cell]) => cell && { type: 'beside', ...cell });
	}

	#runAs(ids: readonly string[], ask: (cells: readonly Wanted[]) => Command | undefined): void {
		// Said only when the answer is slow: drawing it would hold up a quick one by a frame.
		const slow = setTimeout(() => (this.asked = [...this.asked, ...ids]), SLOW);
		let sent: readonly string[] = [];
		this.#lane.add({
			build: () => {
				const cells = ids.map((cell) => ({ cell, ...this.#ports.drafts.take(cell) }));
				sent = cells.flatMap((one) => ('source' in one ? [one.cell] : []));
				return ask(cells) ?? null;
			},
			answered: async (reply) => {
				await this.#settle(sent, reply);
				// Without a Python nothing runs, but what was written is kept all the same.
				if (!reply.ok && reply.problem.code === NOT_RUNNING) for (const id of sent) this.save(id);
				clearTimeout(slow);
				this.asked = this.asked.filter((id) => !ids.includes(id));
			}
		});
	}

	save(id: string): void {
		this.#lane.add({
			build: () => {
				const text = this.#ports.drafts.take(id);
				return text && { type: 'edit', cell: id, ...text };
			},
			answered: (reply) => this.#settle([id], reply)
		});
	}

	/** For a page that is about to go: nobody waits for the answers. */
	saveLast(): void {
		const { drafts, wire, viewer } = this.#ports;
		for (const cell of drafts.unsent) {
			const text = drafts.peek(cell);
			if (!text) continue;
			wire.postLast({ id: newId(), viewer, command: { type: 'edit', cell, ...text } });
		}
	}

	/** What was refused because there was none is no longer true. */
	pythonIsBack(): void {
		if (this.complaint?.code === NOT_RUNNING) this.complaint = null;
	}

	wake(): void {
		this.#lane.wake();
		this.#fastLane.wake();
	}

	close(): void {
		this.#lane.close();
		this.#fastLane.close();
	}

	#simple(command: Command): Outgoing {
		return {
			build: () => command,
			answered: (reply) => {
				if (!reply.ok) this.#complain(reply.problem);
			}
		};
	}

	/** The next command waits until the copy has seen this answer: what it is based on depends on it. */
	async #settle(ids: readonly string[], reply: CommandReply): Promise<void> {
		if (reply.ok) await this.#ports.mirror.reach(reply.seq);
		for (const id of ids) this.#ports.drafts.answered(id, reply);
		if (!reply.ok && reply.problem.code !== 'edit-conflict') this.#complain(reply.problem);
	}

	#complain(problem: Problem): void {
		// That nothing can be saved is said for as long as it lasts, by the stream.
		if (problem.code === 'disk-full' || problem.code === 'journal-failed') return;
		this.complaint = problem;
	}

	#lanePorts(): LanePorts {
		const { viewer, wire, mirror } = this.#ports;
		return {
			viewer,
			post: (request) => wire.post(request),
			newId,
			random: () => Math.random(),
			ondelivery: ({ type }) => {
				if (type === 'signed-out') mirror.line = { type: 'signed-out' };
			}
		};
	}
}
