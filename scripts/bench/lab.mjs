/**
 * JupyterLab's side: our kernelspec and our Python, its message limits lifted as ours are, one
 * notebook of two cells. All its settings live in a folder that is thrown away.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from '../setup/place.mjs';
import { freePort } from '../start/port.mjs';
import { VIEWPORT } from './browser.mjs';
import { labChart } from './charts.mjs';
import { labLine } from './floors.mjs';
import { startServer } from './process.mjs';
import { labPrograms } from './venv.mjs';

const PARTS = {
	cell: '.jp-Notebook .jp-CodeCell',
	count: '.jp-InputArea-prompt',
	text: '.jp-OutputArea-output pre',
	drawing: '.jp-OutputArea-output svg, .jp-OutputArea-output canvas'
};
const READY = '.jp-Notebook-ExecutionIndicator[data-status="idle"]';

/** @param {string} root @param {import('playwright-core').Browser} browser @returns {Promise<import('./side.mjs').Side>} */
export async function startLab(root, browser) {
	const programs = labPrograms(root);
	const folder = mkdtempSync(join(tmpdir(), 'tf-lab-'));
	const notebook = join(folder, 'notebooks', 'bench.ipynb');
	const specs = prepare(root, folder);
	writeFileSync(notebook, emptyNotebook());
	const port = await freePort('127.0.0.1', 8899);
	const url = `http://127.0.0.1:${port}`;
	const server = await startServer({
		name: 'JupyterLab',
		command: [join(programs, 'jupyter-lab'), ...settings(port, join(folder, 'notebooks'))],
		cwd: folder,
		env: { ...process.env, ...homes(folder), JUPYTER_PATH: specs },
		answers: `${url}/api/status`
	});
	const context = await browser.newContext({ viewport: VIEWPORT });
	return {
		key: 'lab',
		name: 'JupyterLab',
		context,
		address: `${url}/lab/tree/bench.ipynb`,
		parts: PARTS,
		interruptButton: '.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]',
		ready: (page) => page.locator(READY).first().waitFor({ timeout: 90_000 }),
		save: (page) => page.keyboard.press('Control+s'),
		async reset() {
			await interruptAll(url);
			writeFileSync(notebook, emptyNotebook());
		},
		chart: labChart,
		connect: async () => labLine(url, await kernelOf(url)),
		async stop() {
			await context.close();
			await server.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** The very kernelspec that our host writes. @param {string} root @param {string} folder */
function prepare(root, folder) {
	for (const name of ['notebooks', 'share/kernels', 'config/labconfig'])
		mkdirSync(join(folder, name), { recursive: true });
	// It would ask the network for news, and ask the reader whether it may.
	const page = { disabledExtensions: { '@jupyterlab/apputils-extension:announcements': true } };
	writeFileSync(join(folder, 'config/labconfig/page_config.json'), JSON.stringify(page));
	const specs = join(folder, 'share');
	const code =
		'import sys; from pathlib import Path; from host.spec import write_spec; write_spec(Path(sys.argv[1]))';
	const run = spawnSync(placeOf(root).venvPython, ['-c', code, join(specs, 'kernels')], {
		env: { ...process.env, PYTHONPATH: join(root, 'kernel') },
		encoding: 'utf8'
	});
	if (run.status !== 0) throw new Error(run.stderr);
	startOrdinarily(join(specs, 'kernels/tuningfork/kernel.json'));
	return specs;
}

/** Only our host can fork a kernel; another server would take the whole kernelspec for unknown. @param {string} file */
function startOrdinarily(file) {
	const spec = JSON.parse(readFileSync(file, 'utf8'));
	delete spec.metadata.kernel_provisioner;
	writeFileSync(file, JSON.stringify(spec));
}

/** @param {number} port @param {string} notebooks */
function settings(port, notebooks) {
	return [
		'--no-browser',
		'--allow-root',
		'--ip=127.0.0.1',
		`--port=${port}`,
		`--ServerApp.root_dir=${notebooks}`,
		'--IdentityProvider.token=',
		'--ServerApp.disable_check_xsrf=True',
		'--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=0',
		'--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=0'
	];
}

/** @param {string} folder */
export function homes(folder) {
	return {
		HOME: folder,
		JUPYTER_CONFIG_DIR: join(folder, 'config'),
		JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
		IPYTHONDIR: join(folder, 'ipython')
	};
}

/** @param {string} url @returns {Promise<string>} */
async function kernelOf(url) {
	const [session] = await (await fetch(`${url}/api/sessions`)).json();
	return session.kernel.id;
}

/** @param {string} url */
async function interruptAll(url) {
	for (const { id, execution_state: state } of await (await fetch(`${url}/api/kernels`)).json())
		if (state === 'busy') await fetch(`${url}/api/kernels/${id}/interrupt`, { method: 'POST' });
}

function emptyNotebook() {
	const cell = (/** @type {string} */ id) => ({
		cell_type: 'code',
		execution_count: null,
		id,
		metadata: {},
		outputs: [],
		source: ''
	});
	const kernelspec = { display_name: 'Tuning Fork', language: 'python', name: 'tuningfork' };
	return JSON.stringify({
		cells: [cell('first'), cell('second')],
		metadata: { kernelspec },
		nbformat: 4,
		nbformat_minor: 5
	});
}
