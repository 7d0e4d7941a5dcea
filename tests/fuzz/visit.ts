/**
 * Tells stories to the built app while a real browser looks at the lesson: the page follows, opens
 * again, and lets a cell be deleted.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launch } from '../../scripts/bench/browser.mjs';
import type { Notebook } from '../../src/lib/notebook/notebook';
import { isRunning, startApp, type App } from '../e2e/app';
import { Fault, kindOf, textOf, type Finding } from './finding';
import { TellingHost } from './host';
import { runOf } from './kernel';
import type { Message, Step } from './story';
import { plain } from './value';

const SLUG = '01-fine-tune-in-five-minutes';
/** For what a page does in a moment when all is well. Milliseconds. */
const PATIENCE = 60_000;

/** What the app says of what it saved itself from. */
const CAUGHT = /^.*(?:could not be (?!read)|cannot be sent|\[500\]).*$/m;

/** Means nothing to anybody, but is accounted for, and with it all before it. */
const MARK: Message = {
	do: 'message',
	type: 'status',
	parent: 'nobody.mark',
	parentType: 'execute_request',
	content: { execution_state: 'idle' }
};

export class Visits {
	readonly #host = new TellingHost();
	readonly #given: Browser | null;
	#app: App | null = null;
	#browser: Browser | null = null;
	#count = 0;

	/** @param browser one that is there; without it, one is started */
	constructor(browser: Browser | null = null) {
		this.#given = browser;
	}

	async #open(): Promise<void> {
		await this.#host.open();
		this.#app = await startApp({ TUNINGFORK_RUNTIME: this.#host.runtime });
		this.#browser = this.#given ?? (await launch());
	}

	/** A learner of its own opens the lesson and sees the story. */
	async tell(steps: readonly Step[]): Promise<Finding | null> {
		if (!this.#app || !this.#browser) await this.#open();
		const [app, browser] = [this.#app, this.#browser];
		if (!app || !browser) throw new Error('There is no app.');
		this.#count += 1;
		this.#host.forget();
		const context = await browser.newContext({ reducedMotion: 'reduce' });
		const visit = new Visit(app, this.#host, context);
		try {
			await visit.begin(invite(app, `story-${this.#count}`));
			await visit.tell(steps);
			return null;
		} catch (error) {
			const death = await this.#revive(app);
			const found = death ?? error;
			return { kind: `page: ${kindOf(found)}`, text: textOf(found), step: visit.at };
		} finally {
			await context.close();
		}
	}

	/** What ended the web process; `null`: it goes on. The next story gets another one. */
	async #revive(app: App): Promise<Error | null> {
		await wait(200);
		if (isRunning(app.pid)) return null;
		const last = app.log().slice(-20_000);
		const [, name = 'Error', message = '', stack = ''] =
			/\n(\w*Error): (.*)\n((?:\s+at .*\n)+)(?![^]*\n\w*Error: )/.exec(last) ?? [];
		const death = new Error(`the web process ended: ${name}: ${message}`);
		death.stack = `${death.message}\n${stack}`;
		// With data of its own: whatever ended it would end it again.
		await app.stop();
		this.#app = await startApp({ TUNINGFORK_RUNTIME: this.#host.runtime });
		return death;
	}

	async close(): Promise<void> {
		if (!this.#given) await this.#browser?.close();
		// Before its host: it would look for another one.
		await this.#app?.stop();
		this.#host.close();
	}
}

class Visit {
	at = 0;
	readonly #app: App;
	readonly #host: TellingHost;
	readonly #context: BrowserContext;
	readonly #complaints: Error[] = [];
	readonly #pid: number;
	/** So much of the app's log is older. */
	readonly #logged: number;
	#page: Page | null = null;

	constructor(app: App, host: TellingHost, context: BrowserContext) {
		this.#app = app;
		this.#host = host;
		this.#context = context;
		this.#pid = app.pid;
		this.#logged = app.log().length;
	}

	async begin(invitation: string): Promise<void> {
		const page = await this.#context.newPage();
		page.setDefaultTimeout(PATIENCE);
		// Those of an output's own frame are the learner's.
		page.on('pageerror', (error) => this.#complaints.push(error));
		page.on('crash', () => this.#complaints.push(new Fault('the tab crashed')));
		this.#page = page;
		await page.goto(invitation);
		await this.#until('Python is ready', () => Promise.resolve(this.#host.isTelling));
		await wait(100);
	}

	async tell(steps: readonly Step[]): Promise<void> {
		for (const [at, step] of steps.entries()) {
			this.at = at;
			await this.#take(step);
		}
		await this.#look();
		await this.#reload();
		await this.#look();
		await this.#delete();
	}

	async #take(step: Step): Promise<void> {
		if (step.do === 'message') this.#host.say(step);
		else if (step.do === 'command') await this.#command(step.command);
		else if (step.do === 'view') await this.#look();
		else if (step.do === 'reopen') await this.#reload();
		else await wait(50);
	}

	async #command(asked: unknown): Promise<void> {
		const run = (back: number) => runOf(this.#host.executions, back);
		const command = plain(asked as never, run);
		const id = randomBytes(8).toString('hex');
		const answer = await this.#context.request.post(
			`${this.#app.url}/api/lessons/${SLUG}/commands`,
			{ data: { id, viewer: 'story', command }, headers: { origin: this.#app.url } }
		);
		if (answer.status() >= 500) throw new Fault(`a command is answered with ${answer.status()}`);
	}

	/** All that was said is in the page. */
	async #look(): Promise<void> {
		this.#host.say(MARK);
		await this.#until('all is kept', () => Promise.resolve(this.#host.isHeard));
		if (this.#app.pid !== this.#pid) throw new Fault('the web process was started anew');
		const page = this.#here();
		if (!(await page.locator('h1').first().isVisible())) throw new Fault('the page has no heading');
		const { cells } = await this.#notebook();
		for (const { id } of cells)
			await page.locator(`[data-cell="${id}"]`).waitFor({ state: 'visible' });
		const own = cells.filter(({ kind }) => kind === 'scratch').length;
		await this.#until(
			'each own cell can be deleted',
			async () => (await this.#deletes().count()) === own
		);
		this.#check();
	}

	async #reload(): Promise<void> {
		const answer = await this.#here().goto(`${this.#app.url}/lessons/${SLUG}`);
		if (answer?.status() !== 200)
			throw new Fault(`the lesson is answered with ${answer?.status()}`);
		this.#check();
	}

	async #delete(): Promise<void> {
		const before = await this.#deletes().count();
		if (before === 0) return;
		await this.#deletes().first().click();
		await this.#until('the cell is gone', async () => (await this.#deletes().count()) < before);
		this.#check();
	}

	#deletes() {
		return this.#here().getByRole('button', { name: 'Delete this cell' });
	}

	/** As the server has it. */
	async #notebook(): Promise<Notebook> {
		const asked = this.#here().evaluate(async (lesson) => {
			const stop = new AbortController();
			const { body } = await fetch(`/api/lessons/${lesson}/events`, { signal: stop.signal });
			const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
			let text = '';
			const isWhole = () =>
				text.includes('data: ') && text.includes('\n\n', text.indexOf('data: '));
			while (!isWhole()) {
				const { value = '', done } = (await reader?.read()) ?? { done: true };
				if (done) throw new Error('The stream has ended.');
				text += value;
			}
			stop.abort();
			// Not by `.`: a letter of JSON may end a line there, but not here.
			return /data: ([^\n]*)/.exec(text)?.[1] ?? '';
		}, SLUG);
		const answer = await this.#answer(asked);
		return (JSON.parse(answer) as { readonly notebook: Notebook }).notebook;
	}

	#here(): Page {
		if (!this.#page) throw new Error('The page is not open.');
		return this.#page;
	}

	#check(): void {
		const [complaint] = this.#complaints;
		if (complaint) throw complaint;
		const saved = CAUGHT.exec(this.#app.log().slice(this.#logged));
		if (saved) throw new Fault(`logged: ${saved[0]}`);
	}

	/** A page that is busy for good would never answer. */
	async #answer<T>(answer: Promise<T>): Promise<T> {
		const late = new AbortController();
		const silence = wait(PATIENCE, null, { signal: late.signal }).then(() => {
			throw new Fault('the page does not answer');
		});
		// It is aborted when the answer came first.
		silence.catch(() => undefined);
		return Promise.race([answer, silence]).finally(() => late.abort());
	}

	async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
		for (const late = Date.now() + PATIENCE; Date.now() < late; await wait(20)) {
			if (await holds()) return;
			this.#check();
		}
		throw new Fault(`it does not come that ${what} (${this.#host.state})`);
	}
}

/** An address that lets one browser in as that learner, at the lesson. */
function invite(app: App, learner: string): string {
	const token = randomBytes(32).toString('base64url');
	const folder = join(app.data, 'invites');
	mkdirSync(folder, { recursive: true });
	const name = createHash('sha256').update(token).digest('hex');
	writeFileSync(join(folder, name), JSON.stringify({ learner }));
	return `${app.url}/lessons/${SLUG}?invite=${token}`;
}
