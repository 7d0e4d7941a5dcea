/**
 * Tells a story to the app's own parts, from the bytes of a frame to the text of the page, and looks
 * after each step whether everything is as it must be. What is found first ends the story.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import * as v from 'valibot';
import type { Notebook } from '../../src/lib/notebook/notebook';
import { announce } from '../../src/lib/page/announce';
import { advance } from '../../src/lib/page/replica';
import { CommandRequest } from '../../src/lib/protocol/command';
import type { Frame } from '../../src/lib/protocol/frame';
import { openDatabase, type Db } from '../../src/lib/server/db/client';
import * as schema from '../../src/lib/server/db/schema';
import { forgetTold } from '../../src/lib/server/log';
import { openJournal } from '../../src/lib/server/journal';
import { frameText } from '../../src/lib/server/session/served';
import { Session } from '../../src/lib/server/session/session';
import { createAdmission } from '../../src/lib/server/session/starts';
import { openTexts } from '../../src/lib/server/session/texts';
import type { Viewer } from '../../src/lib/server/session/viewers';
import { faultOfNotebook } from './bounds';
import { isReadable } from './bytes';
import { Fault, kindOf, Logged, textOf, type Finding } from './finding';
import { runOf, StoryHost } from './kernel';
import { faultOfPage, LESSON } from './page';
import type { Message, Step } from './story';
import { plain, type Value } from './value';

/** Where stories are told: one database, one folder. */
export interface Place {
	readonly db: Db;
	readonly folder: string;
}

export interface Told {
	readonly finding: Finding | null;
	/** What each message took, milliseconds, and its bytes. */
	readonly times: readonly Timed[];
	/** Characters of the notebook's JSON at its largest. */
	readonly largest: number;
}

export interface Timed {
	readonly ms: number;
	readonly bytes: number;
	readonly step: number;
}

/** @param parent of a folder of its own: the process that told the last stories may have ended in the middle */
export function openPlace(parent: string): Place {
	const folder = mkdtempSync(join(parent, 'stories-'));
	return { db: openDatabase(join(folder, 'fuzz.db'), 'drizzle'), folder };
}

/** @param viewEvery messages between two looks at the page, beside that at the end */
export async function tell(place: Place, steps: readonly Step[], viewEvery: number): Promise<Told> {
	const teller = new Teller(place, viewEvery);
	return listening(teller.complaints, () => teller.tell(steps));
}

/** What the app only logs counts, too: whatever it saved itself from must not happen. */
async function listening(complaints: unknown[], act: () => Promise<Told>): Promise<Told> {
	forgetTold();
	const { error, warn } = console;
	const hear = (...parts: readonly unknown[]) => {
		const text = parts.map(textOf).join(' ');
		complaints.push(isOfReading(text) ? new Unread(text) : new Logged(text));
	};
	const fail = (reason: unknown) => void complaints.push(reason);
	console.error = console.warn = hear;
	process.on('uncaughtException', fail).on('unhandledRejection', fail);
	try {
		return await act();
	} finally {
		Object.assign(console, { error, warn });
		process.off('uncaughtException', fail).off('unhandledRejection', fail);
	}
}

/** A frame was passed over, which is right for one that is no frame or no JSON. */
class Unread extends Fault {}

function isOfReading(text: string): boolean {
	return /^(A message of a kernel could not be read|Nor can what it belongs to)\./.test(
		String(text)
	);
}

class Teller {
	readonly complaints: unknown[] = [];
	readonly #place: Place;
	readonly #viewEvery: number;
	readonly #host = new StoryHost();
	readonly #admission = createAdmission();
	readonly #id = 'story';
	readonly #times: Timed[] = [];
	#session: Session;
	#viewer: Viewer;
	/** As a browser has it. */
	#replica: Notebook | null = null;
	#largest = 0;
	#messages = 0;
	#commands = 0;

	constructor(place: Place, viewEvery: number) {
		this.#place = place;
		this.#viewEvery = viewEvery;
		this.#clear();
		place.db
			.insert(schema.session)
			.values({ id: this.#id, learner: 'me', lesson: LESSON.slug, createdAt: 0, openedAt: 0 })
			.run();
		this.#session = this.#open();
		this.#viewer = this.#session.watch(null);
	}

	async tell(steps: readonly Step[]): Promise<Told> {
		let at = 0;
		let finding: Finding | null = null;
		try {
			await this.#begin();
			for (; at < steps.length; at += 1) await this.#take(steps[at] as Step, at);
			await this.#look();
			await this.#reopen();
			await this.#look();
		} catch (error) {
			finding = { kind: kindOf(error), text: textOf(error), step: Math.min(at, steps.length - 1) };
		}
		await this.#end();
		return { finding, times: this.#times, largest: this.#largest };
	}

	async #begin(): Promise<void> {
		await this.#session.resume();
		this.#session.open(LESSON);
		await this.#ready();
	}

	/** Whatever Python has to do before a cell can be sent has been done. */
	async #ready(): Promise<void> {
		for (let turn = 0; turn < 12; turn += 1) {
			await peace();
			const { phase, stage } = this.#session.notebook.kernel;
			if (phase === 'dead' || (phase === 'ready' && stage === null)) return;
		}
	}

	async #take(step: Step, at: number): Promise<void> {
		switch (step.do) {
			case 'message':
				this.#say(step, at);
				if (this.#messages % this.#viewEvery === 0) await this.#look();
				break;
			case 'command':
				await this.#command(step.command);
				break;
			case 'view':
				await this.#look();
				break;
			case 'rest':
				await peace();
				break;
			case 'reopen':
				await this.#reopen();
		}
		this.#check();
	}

	#say(message: Message, at: number): void {
		this.#messages += 1;
		const begin = performance.now();
		const frame = this.#host.say(message);
		this.#forgive(frame);
		// Each by itself: what it would have done later, in the next batch, is done now.
		void this.#carryOut({ type: 'stay' });
		this.#times.push({ ms: performance.now() - begin, bytes: frame.byteLength, step: at });
	}

	#forgive(frame: ArrayBuffer): void {
		if (!this.complaints.some((one) => one instanceof Unread) || isReadable(frame)) return;
		const others = this.complaints.filter((one) => !(one instanceof Unread));
		this.complaints.splice(0, this.complaints.length, ...others);
	}

	async #command(command: Value): Promise<void> {
		const run = (back: number) => runOf(this.#host.executions, back);
		void this.#carryOut(plain(command, run));
		const restarts =
			typeof command === 'object' && command && 'type' in command && command.type === 'restart';
		if (restarts) await this.#ready();
		else await peace();
	}

	/** As the route does. Fails at once; what it promises for later is heard of later. */
	#carryOut(command: unknown): Promise<void> {
		this.#commands += 1;
		const request = v.safeParse(CommandRequest, { id: `c${this.#commands}`, viewer: 'v', command });
		if (!request.success) return Promise.resolve();
		return this.#session.command(request.output).then(
			() => undefined,
			(error: unknown) => void this.complaints.push(error)
		);
	}

	#check(): void {
		const [complaint] = this.complaints;
		if (complaint !== undefined) throw complaint;
	}

	/** Everything that is saved, as a browser is given it and as the page shows it. */
	async #look(): Promise<void> {
		await peace();
		this.#check();
		await this.#follow();
		const { notebook } = this.#session;
		const size = JSON.stringify(notebook).length;
		this.#largest = Math.max(this.#largest, size);
		const fault = faultOfNotebook(notebook) ?? (await faultOfPage(notebook));
		if (fault !== null) throw new Fault(fault);
		this.#check();
	}

	async #follow(): Promise<void> {
		while (this.#replica?.seq !== this.#session.notebook.seq) {
			const frame = await this.#viewer.next();
			if (!frame) throw new Fault('the stream has ended');
			this.#show(JSON.parse(frameText(frame)) as Frame);
		}
		if (JSON.stringify(this.#replica) !== JSON.stringify(this.#session.notebook))
			throw new Fault('the browser has another notebook than the server');
	}

	#show(frame: Frame): void {
		if (frame.type === 'trouble' && frame.problem)
			throw new Fault(`trouble: ${frame.problem.code} ${JSON.stringify(frame.problem.detail)}`);
		if (frame.type === 'snapshot') this.#replica = frame.notebook;
		if (frame.type !== 'entries' || !this.#replica) return;
		const { notebook, steps, gap } = advance(this.#replica, frame.entries);
		if (gap) throw new Fault('entries are missing in the stream');
		steps.forEach((step) => announce(step));
		this.#replica = notebook;
	}

	/** Another web process takes over. */
	async #reopen(): Promise<void> {
		await this.#session.close();
		const before = JSON.stringify(this.#session.notebook);
		this.#session = this.#open();
		if (JSON.stringify(this.#session.notebook) !== before)
			throw new Fault('the journal gives another notebook');
		this.#viewer = this.#session.watch(null);
		this.#replica = null;
		await this.#begin();
	}

	#open(): Session {
		const { db, folder } = this.#place;
		return new Session({
			journal: openJournal(db, this.#id, LESSON.slug),
			texts: openTexts(join(folder, this.#id)),
			host: this.#host,
			admission: this.#admission,
			learner: 'me',
			cwd: folder
		});
	}

	async #end(): Promise<void> {
		try {
			await this.#session.close();
			await peace();
		} catch {
			// It is what was found.
		}
		this.#clear();
	}

	#clear(): void {
		const { db, folder } = this.#place;
		db.delete(schema.session).where(eq(schema.session.id, this.#id)).run();
		rmSync(join(folder, this.#id), { recursive: true, force: true });
	}
}

/** Timers that are due and promises that are settled have had their turn. */
async function peace(): Promise<void> {
	for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
