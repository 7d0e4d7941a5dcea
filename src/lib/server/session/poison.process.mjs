/**
 * A web process's recorder on its own, for a test: four messages, at the third of which the process
 * ends, unless that one is set aside.
 */
import { join, resolve } from 'node:path';
import { createServer } from 'vite';

const [folder = ''] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../../../..');
const vite = await createServer({
	root,
	configFile: false,
	logLevel: 'error',
	server: { middlewareMode: true, ws: false, watch: null },
	optimizeDeps: { noDiscovery: true },
	resolve: { alias: { $lib: join(root, 'src/lib') } }
});
const load = (/** @type {string} */ path) => vite.ssrLoadModule(`/src/lib/server/${path}.ts`);
const { Recorder } = await load('session/recorder');
const { openSuspects, forgetSuspects } = await load('session/suspects');
const { openTexts } = await load('session/texts');
const { openDatabase } = await load('db/client');
const { openJournal } = await load('journal');

const execution = 'one.a';
let isPoisoned = false;
const recorder = new Recorder({
	journal: openJournal(openDatabase(join(folder, 'test.db'), join(root, 'drizzle')), 's', '01-a'),
	texts: openTexts(join(folder, 'texts')),
	suspects: openSuspects(folder) ?? undefined,
	now: () => (isPoisoned ? process.exit(13) : 5),
	onsaved: () => undefined,
	ontrouble: () => undefined
});
if (recorder.saved.seq === 0)
	recorder.add([
		{ type: 'lesson-read', cells: [{ id: 'one', code: '1' }] },
		{ type: 'execution-queued', execution, cell: 'one', source: '1', at: 1 },
		{ type: 'execution-started', execution, at: 2 }
	]);
recorder.flush();
recorder.changeKernel('kernel');
['one', 'two', 'poison', 'three'].forEach((word, index) => {
	isPoisoned = word === 'poison';
	process.stdout.write(`${index + 1} `);
	const data = { 'text/plain': word };
	recorder.message({ type: 'display', execution, data, metadata: {}, displayId: null }, index + 1);
});
isPoisoned = false;
recorder.flush();
await recorder.settled();
process.stdout.write(JSON.stringify(recorder.saved.cells));
forgetSuspects(folder);
process.exit(0);
