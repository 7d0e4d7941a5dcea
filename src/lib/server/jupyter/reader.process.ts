/** Another web process, for `restart.real.test.ts`: runs code, writes down what it hears, is killed. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPlace } from './place';
import { createKernelHost } from './real';

const [data = '', file = '', code = '', wait = '0'] = process.argv.slice(2);
const write = (line: unknown) => appendFileSync(file, `${JSON.stringify(line)}\n`);

const host = createKernelHost(hostPlace({ root: process.cwd(), data }));
const link = await host.start({
	cwd: join(data, 'work'),
	stage: () => undefined,
	listener: {
		message(message, tape) {
			write({ tape, message });
			// A process that is slower than the kernel, so that it is killed in the middle.
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(wait));
		},
		lost: (reason) => write({ reason })
	}
});
write({ kernel: link.kernel });
link.execute('flood', code);
