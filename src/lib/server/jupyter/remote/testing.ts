/** For the tests against real servers: one of each kind, on a free port, with a home of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseLesson } from '$lib/lesson/parse';
import type { KernelHost } from '../port';
import { createRemoteHost } from './host';

const READY_MS = 60_000;
const STOP_MS = 10_000;
export const TOKEN = 'a-token-for-tests';
const BIN = join(process.cwd(), '.venv', 'bin');
/** An Enterprise Gateway needs older parts than ours: it has a Python of its own. */
const GATEWAY_BIN = join(process.cwd(), '.cache', 'gateway', 'bin');

export interface Server {
	readonly url: string;
	readonly home: string;
	readonly env: Readonly<Record<string, string>>;
	readonly host: KernelHost;
	/** For the folder that a session works in. */
	cwd(name: string): string;
	close(): Promise<void>;
}

interface Wanted {
	readonly program: string;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** Path of the API's base. */
	readonly path: string;
}

/** A stock Jupyter Server below a path. */
export function startJupyter(more: readonly string[] = []): Promise<Server> {
	return startServer((port) => ({
		program: join(BIN, 'python'),
		args: [
			...['-m', 'jupyter_server', `--port=${port}`, '--ip=127.0.0.1', '--port-retries=0'],
			...['--no-browser', '--allow-root', '--ServerApp.base_url=/some/path/'],
			`--IdentityProvider.token=${TOKEN}`,
			...more
		],
		path: '/some/path/'
	}));
}

/** A stock Enterprise Gateway that starts kernels on its own machine, in our Python. */
export function startGateway(): Promise<Server> {
	return startServer((port, home) => {
		const spec = join(home, '.local', 'share', 'jupyter', 'kernels', 'lessons');
		mkdirSync(spec, { recursive: true });
		const argv = [join(BIN, 'python'), '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
		const kernel = { argv, display_name: 'Lessons', language: 'python' };
		writeFileSync(join(spec, 'kernel.json'), JSON.stringify(kernel));
		return {
			program: join(GATEWAY_BIN, 'jupyter'),
			args: [
				...[
					'enterprisegateway',
					`--EnterpriseGatewayApp.port=${port}`,
					'--EnterpriseGatewayApp.ip=127.0.0.1'
				],
				...[
					`--EnterpriseGatewayApp.auth_token=${TOKEN}`,
					// It refuses root, which the tests may run as.
					'--EnterpriseGatewayApp.unauthorized_users=nobody',
					'--EnterpriseGatewayApp.port_retries=0'
				]
			],
			path: '/'
		};
	});
}

/** A stock JupyterHub with its proxy, which starts the server of one user. */
export function startHub(): Promise<Server> {
	return startServer(async (port, home) => {
		const [api, hub] = [await freePort(), await freePort()];
		const config = join(home, 'jupyterhub_config.py');
		writeFileSync(config, hubConfig(home, port, api, hub));
		return {
			program: join(BIN, 'jupyterhub'),
			args: ['-f', config],
			env: { CONFIGPROXY_AUTH_TOKEN: 'between-hub-and-proxy' },
			path: '/user/ada/'
		};
	}, startHubServer);
}

/** What a person sets up in a hub for a try: one user without a password, and a token of hers. */
function hubConfig(home: string, port: number, api: number, hub: number): string {
	return [
		`c.JupyterHub.bind_url = "http://127.0.0.1:${port}/"`,
		`c.JupyterHub.hub_port = ${hub}`,
		`c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${api}"`,
		`c.ConfigurableHTTPProxy.command = [${JSON.stringify(join(BIN, 'configurable-http-proxy'))}]`,
		'c.JupyterHub.authenticator_class = "dummy"',
		'c.Authenticator.allow_all = True',
		'c.JupyterHub.spawner_class = "simple"',
		`c.SimpleLocalProcessSpawner.home_dir_template = ${JSON.stringify(join(home, '{username}'))}`,
		`c.Spawner.cmd = [${JSON.stringify(join(BIN, 'jupyterhub-singleuser'))}, "--allow-root"]`,
		'c.Spawner.env_keep = ["PATH", "LANG", "OMP_NUM_THREADS"]',
		`c.JupyterHub.services = [{"name": "tests", "api_token": "${TOKEN}"}]`,
		'c.JupyterHub.load_roles = [{"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"]}]',
		'c.JupyterHub.db_url = "sqlite:///hub.sqlite"',
		'c.JupyterHub.cookie_secret_file = "cookie_secret"'
	].join('\n');
}

/** As a person does with "Start My Server". */
async function startHubServer(url: string): Promise<void> {
	const { origin } = new URL(url);
	const call = (path: string) =>
		fetch(`${origin}/hub/api/users/ada${path}`, {
			method: 'POST',
			headers: { authorization: `token ${TOKEN}` }
		});
	await untilTrue(async () => [201, 409].includes((await call('')).status));
	await untilTrue(async () => [201, 400].includes((await call('/server')).status));
}

async function startServer(
	wanted: (port: number, home: string) => Wanted | Promise<Wanted>,
	then: (url: string) => Promise<void> = () => Promise.resolve()
): Promise<Server> {
	const home = mkdtempSync(join(tmpdir(), 'tf-elsewhere-'));
	const port = await freePort();
	const { program, args, env = {}, path } = await wanted(port, home);
	const log = openSync(join(home, 'server.log'), 'w');
	const child = spawn(program, args, {
		cwd: home,
		stdio: ['ignore', log, log],
		detached: true,
		env: { ...process.env, ...env, HOME: home, XDG_DATA_HOME: '', OMP_NUM_THREADS: '1' }
	});
	closeSync(log);
	const url = `http://127.0.0.1:${port}${path}`;
	const close = () => stop(child, home);
	try {
		await then(url);
		await untilTrue(
			() => answers(url),
			() => child.exitCode === null
		);
	} catch (error) {
		const words = readFileSync(join(home, 'server.log'), 'utf8').slice(-3000);
		await close();
		throw new Error(`${program} did not start:\n${words}`, { cause: error });
	}
	const variables = { TUNINGFORK_JUPYTER_URL: url, TUNINGFORK_JUPYTER_TOKEN: TOKEN };
	const work = join(home, 'here');
	const host = createRemoteHost({ root: process.cwd(), work, env: variables });
	return { url, home, env: variables, host, cwd: (name) => join(work, 'me', name), close };
}

async function answers(url: string): Promise<boolean> {
	const headers = { authorization: `token ${TOKEN}` };
	return (await fetch(`${url}api/kernelspecs`, { headers, redirect: 'manual' })).ok;
}

async function untilTrue(look: () => Promise<boolean>, alive = () => true): Promise<void> {
	for (const until = Date.now() + READY_MS; Date.now() < until; await wait(100)) {
		if (!alive()) throw new Error('The server has ended.');
		if (await look().catch(() => false)) return;
	}
	throw new Error('The server did not answer in time.');
}

/** The server and all that it started: they share its process group, except kernels, which it ends. */
async function stop(child: ChildProcess, home: string): Promise<void> {
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	if (child.exitCode === null && child.pid !== undefined) {
		process.kill(child.pid, 'SIGTERM');
		const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
		await gone;
		clearTimeout(late);
	}
	rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
		});
	});
}

/** The cells of lesson 1, in order. */
export function lessonOne(): readonly { readonly id: string; readonly code: string }[] {
	const slug = '01-fine-tune-in-five-minutes';
	const path = join(process.cwd(), 'lessons', slug, 'lesson.svx');
	const result = parseLesson(slug, readFileSync(path, 'utf8'));
	if (!result.ok) throw new Error('Lesson 1 cannot be read.');
	return result.lesson.cells;
}
