/**
 * A learner who runs a cell that counts, trains or asks, and what the journal and the files of full texts say of it
 * afterwards. Speaks to the app as a browser does.
 */
import Database from 'better-sqlite3';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from './app.mjs';

const SLUG = '01-fine-tune-in-five-minutes';
/** Kinds of work: what is printed is checked line by line. */
const COUNTING = [
	'import itertools, random, time',
	'for n in itertools.count():',
	'    print("line", n, flush=True)',
	'    time.sleep(random.choice([0.005, 0.02, 0.1]))'
].join('\n');
const TRAINING = [
	'import itertools, time, torch',
	'torch.manual_seed(7)',
	'model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))',
	'optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)',
	'x = torch.randn(64, 8); y = x.sum(1, keepdim=True)',
	'for n in itertools.count():',
	'    loss = (model(x) - y).pow(2).mean()',
	'    optimizer.zero_grad(); loss.backward(); optimizer.step()',
	'    print("line", n, repr(loss.item()), flush=True)',
	'    time.sleep(0.02)'
].join('\n');

/** A wrong answer, or one that is taken twice, ends it. */
const ASKING = [
	'import itertools, time',
	'for n in itertools.count():',
	'    time.sleep(0.1)',
	'    print("line", n, flush=True)',
	'    answer = input(f"{n}? ")',
	'    if answer != str(n): raise ValueError(f"{answer} instead of {n}")'
].join('\n');
const SOURCES = { counts: COUNTING, trains: TRAINING, asks: ASKING };
const ANSWER_EVERY_MS = 50;

/** @typedef {keyof typeof SOURCES} Work */

export class Learner {
	/** @type {import('./app.mjs').App} */
	#app;
	#name;
	#cookie = '';
	/** @type {Work} */
	#work;
	/** Up to this entry all questions are answered. */
	#answered = 0;
	/** Of the newest output. */
	#key = -1;
	#writes = false;
	#isOver = false;
	#answering = Promise.resolve();
	/** @type {readonly string[]} ids of the lesson's cells */
	#cells = [];
	/** Losses by step, of whichever run came there first. @type {Map<string, string>} */
	#losses = new Map();

	/** @param {import('./app.mjs').App} app @param {string} name @param {Work} work */
	constructor(app, name, work) {
		this.#app = app;
		this.#name = name;
		this.#work = work;
	}

	async open() {
		this.#cookie = await this.#app.signIn(this.#name);
		const page = await fetch(`${this.#app.url}/lessons/${SLUG}`, {
			headers: { cookie: this.#cookie }
		});
		if (!page.ok) throw new Error(`The lesson answers ${page.status}.`);
		await page.text();
		// What a page does next, and what starts Python: reading a page does not.
		const stream = await fetch(`${this.#app.url}/api/lessons/${SLUG}/events`, {
			headers: { cookie: this.#cookie }
		});
		await stream.body?.getReader().read();
		await until(
			() => this.#events().some(({ body }) => body.type === 'lesson-read'),
			10_000,
			() => this.#app.log
		);
		const read = this.#events().find(({ body }) => body.type === 'lesson-read');
		this.#cells = read?.body.cells.map((/** @type {{ id: string }} */ cell) => cell.id) ?? [];
		await until(
			() => this.kernel().phase === 'ready',
			90_000,
			() => this.#app.log
		);
		if (this.#work === 'asks') this.#answering = this.#answerAll();
		await this.count();
	}

	/** Answers no more. */
	async leave() {
		this.#isOver = true;
		await this.#answering;
	}

	/** Starts the cell that goes on for ever, and waits for its first lines. */
	async count() {
		const source = SOURCES[this.#work];
		await this.#command({ type: 'run', cells: [{ cell: this.#cell(0), source }] });
		await until(
			() => this.#lines().length > 3,
			60_000,
			() => this.#told()
		);
	}

	/** Number of the newest entry. */
	seq() {
		return this.#query((db, id) =>
			Number(db.prepare('select max(seq) n from event where session = ?').pluck().get(id) ?? 0)
		);
	}

	/** Where the kernel stands, by the journal. */
	kernel() {
		const last = this.#events('kernel-changed').at(-1);
		return last?.body.kernel ?? { phase: 'off', problem: null };
	}

	/** Problems that were told after an entry. @param {number} seq @returns {any[]} */
	problems(seq) {
		return this.#events('kernel-changed')
			.filter((entry) => entry.seq > seq && entry.body.kernel.problem)
			.map(({ body }) => body.kernel.problem);
	}

	/** The counting cell goes on after what it has said until now. */
	async goesOn() {
		const before = this.#lines().length;
		await until(
			() => this.#lines().length > before + 2,
			30_000,
			() => this.#told()
		);
	}

	/** `1+1`, beside what runs. Nothing runs beside a cell that asks: it gets its answers. */
	async answers() {
		if (this.#work === 'asks') return this.goesOn();
		const seq = this.seq();
		const command = { type: 'beside', cell: this.#cell(1), source: '1+1' };
		await this.#command(command);
		const isAnswer = (/** @type {any} */ { body }) =>
			body.type === 'output-added' && body.output.data?.['text/plain'] === '2';
		await until(
			() => this.#events('output-added', seq).some(isAnswer),
			30_000,
			() => this.#told()
		);
	}

	async restart() {
		await this.#command({ type: 'restart' });
		await until(
			() => this.kernel().phase === 'ready',
			60_000,
			() => this.#told()
		);
		await this.count();
	}

	/** What is wrong with the journal, if anything. */
	complaint() {
		const seqs = this.#query((db, id) =>
			db.prepare('select seq from event where session = ? order by seq').pluck().all(id)
		);
		const gap = seqs.findIndex((seq, at) => seq !== at + 1);
		if (gap >= 0) return `entry ${gap + 1} is missing`;
		const lines = this.#lines();
		const wrong = lines.findIndex((line, n) => !this.#isRight(line, n));
		return wrong < 0 ? null : `line ${wrong} reads “${lines[wrong]}”`;
	}

	/** @param {string} line @param {number} n */
	#isRight(line, n) {
		if (this.#work !== 'trains') return line === `line ${n}`;
		const known = this.#losses.get(`${n}`) ?? line;
		this.#losses.set(`${n}`, known);
		return line === known && line.startsWith(`line ${n} `);
	}

	async #answerAll() {
		for (; !this.#isOver; await wait(ANSWER_EVERY_MS))
			for (const { seq, body } of this.#events(undefined, this.#answered)) {
				this.#answered = seq;
				const key = this.#keyOf(body);
				const text = body.output?.prompt?.split('?')[0];
				const answer = { type: 'answer', execution: body.execution, question: key, text };
				// Refused where the kernel has died, or has it from the web process that died.
				if (text !== undefined) await this.#command(answer, true);
			}
	}

	/** Of the output that an entry adds to the only cell that this learner runs. @param {any} body */
	#keyOf(body) {
		if (body.type === 'execution-queued') this.#writes = false;
		const adds = body.type === 'output-added' || (body.type === 'stream-written' && !this.#writes);
		if (body.execution) this.#writes = body.type === 'stream-written';
		if (adds) this.#key += 1;
		return this.#key;
	}

	/** Whole lines that the counting cell's newest run has said. */
	#lines() {
		const run = this.#events('execution-queued').findLast(
			({ body }) => body.cell === this.#cell(0)
		);
		const folder = join(this.#app.data, 'texts', this.#session(), this.#cell(0));
		if (!run || !existsSync(folder)) return [];
		const start = `${run.body.execution}-`;
		// In the order in which they were begun: the number of the output follows.
		const number = (/** @type {string} */ name) => Number.parseInt(name.slice(start.length));
		const files = readdirSync(folder)
			.filter((name) => name.startsWith(start))
			.sort((a, b) => number(a) - number(b));
		const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
		return text.split('\n').slice(0, -1);
	}

	#told() {
		const newest = this.#events().slice(-5);
		return `${this.#name}: ${JSON.stringify(newest).slice(0, 1500)}\n${this.#app.log.slice(-1500)}`;
	}

	/** @param {number} at */
	#cell(at) {
		return this.#cells[at] ?? '';
	}

	/**
	 * @param {object} command sent again under the same id until the app has answered
	 * @param {boolean} [mayBeRefused] otherwise until it is carried out
	 */
	async #command(command, mayBeRefused = false) {
		const body = JSON.stringify({ id: crypto.randomUUID(), viewer: 'kills', command });
		const send = async () => {
			const answer = await fetch(`${this.#app.url}/api/lessons/${SLUG}/commands`, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					cookie: this.#cookie,
					origin: this.#app.url
				},
				body
			});
			return answer.ok && (mayBeRefused || (await answer.json()).ok);
		};
		await until(send, 30_000, () => this.#told());
	}

	/** @param {string} [type] @param {number} [after] @returns {{ seq: number, body: any }[]} */
	#events(type, after = 0) {
		return this.#query((db, id) =>
			db
				.prepare(
					`select seq, body from event where session = ? and seq > ?
					 and (? is null or json_extract(body, '$.type') = ?) order by seq`
				)
				.all(id, after, type ?? null, type ?? null)
				.map((/** @type {any} */ row) => ({ seq: row.seq, body: JSON.parse(row.body) }))
		);
	}

	#session() {
		return this.#query((_db, id) => id);
	}

	/**
	 * @template Value
	 * @param {(db: import('better-sqlite3').Database, id: string) => Value} ask @returns {Value}
	 */
	#query(ask) {
		const db = new Database(join(this.#app.data, 'tuningfork.db'), { readonly: true });
		try {
			const id = db.prepare('select id from session where learner = ?').pluck().get(this.#name);
			return ask(db, String(id ?? ''));
		} finally {
			db.close();
		}
	}
}
