/**
 * What one learner does to the machine while the others work. Each goes on for as many seconds as it is
 * given, begins again where it meets a limit, and leaves nothing. They stay within what a kernel
 * behind walls may have.
 */

const PROCESSES = `
children = []
while time.time() < end:
    try:
        pid = os.fork()
    except OSError:
        time.sleep(0.01)
        continue
    if pid == 0:
        while time.time() < end: pass
        os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
`;
const FORK_BOMB = `
if os.fork() == 0:
    while time.time() < end:
        try: os.fork()
        except OSError: pass
    os._exit(0)
time.sleep(max(0, end - time.time()) + 0.5)
`;
const THREADS = `
import threading
def spin():
    while time.time() < end: sum(range(1000))
threads = [threading.Thread(target=spin) for _ in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`;
const MEMORY = `
while time.time() < end:
    kept = []
    try:
        while time.time() < end: kept.append(bytearray(b"x" * 2**22))
    except MemoryError: pass
    del kept
`;
const FILES = `
while time.time() < end:
    for path in ("/tmp/bomb", "/dev/shm/bomb", os.path.expanduser("~/bomb")):
        try:
            with open(path, "wb") as file:
                for _ in range(60): file.write(bytes(2**22))
        except OSError: pass
        os.unlink(path)
`;
const OPEN_FILES = `
while time.time() < end:
    kept = []
    try:
        while True: kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError: pass
    for number in kept: os.close(number)
`;
const OUTPUT = `
while time.time() < end: print("x" * 1000)
`;

/** @type {readonly (readonly [name: string, code: string])[]} */
const BOMBS = [
	['as many processes as there may be, all computing', PROCESSES],
	['processes that make processes', FORK_BOMB],
	['64 threads that compute', THREADS],
	['memory, touched, up to the bound, again and again', MEMORY],
	['/tmp, shared memory and a file of one’s own, written full', FILES],
	['as many open files as there may be', OPEN_FILES],
	['output without end', OUTPUT]
];

/** @param {number} seconds @returns {readonly { name: string, source: string }[]} */
export function bombs(seconds) {
	const head = `import os, time\nend = time.time() + ${seconds}\n`;
	return BOMBS.map(([name, code]) => ({ name, source: head + code.trimStart() }));
}
