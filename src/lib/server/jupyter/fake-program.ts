/**
 * The few lines of Python that the fake kernel understands, as steps. Pure.
 *
 * Each line is one of: `print(x)`, `for i in range(n): print(i)`, `display(x)`, `time.sleep(s)`,
 * `while True: pass`, `input("…")`, `print(input("…"))`, `raise Name("…")`, `os._exit(n)`,
 * `clear_output()`, and, on the last line, an integer, a string or a sum or product of two integers.
 * Everything else runs without a word. `x` is a string, an integer or such a sum.
 */
import type { KernelMessage } from './port';

type WithoutExecution<M> = M extends unknown ? Omit<M, 'execution'> : never;
export type Spoken = WithoutExecution<
	Exclude<
		KernelMessage,
		{ readonly type: 'died' | 'rest' | 'busy' | 'started' | 'idle' | 'result' }
	>
>;

export type Step =
	| { readonly kind: 'say'; readonly message: Spoken }
	| { readonly kind: 'result'; readonly text: string }
	| { readonly kind: 'wait'; readonly ms: number }
	| { readonly kind: 'hang' }
	| { readonly kind: 'ask'; readonly prompt: string; readonly echo: boolean }
	| { readonly kind: 'exit'; readonly code: number };

type Reader = readonly [RegExp, (match: readonly string[]) => readonly Step[]];

const READERS: readonly Reader[] = [
	[/^print\(input\((.*)\)\)$/, ([, prompt = '']) => [asking(prompt, true)]],
	[/^input\((.*)\)$/, ([, prompt = '']) => [asking(prompt, false)]],
	[/^print\((.*)\)$/, ([, text = '']) => [printing(`${valueOf(text) ?? text}\n`)]],
	[/^for i in range\((\d+)\): print\(i\)$/, ([, times]) => counting(Number(times))],
	[/^display\((.*)\)$/, ([, text = '']) => [displaying(valueOf(text) ?? text)]],
	[/^time\.sleep\(([\d.]+)\)$/, ([, s]) => [{ kind: 'wait', ms: Number(s) * 1000 }]],
	[/^while True: pass$/, () => [{ kind: 'hang' }]],
	[/^raise (\w+)\((.*)\)$/, ([, name = '', text = '']) => [raising(name, valueOf(text) ?? '')]],
	[/^os\._exit\((\d+)\)$/, ([, code]) => [{ kind: 'exit', code: Number(code) }]],
	[/^clear_output\(\)$/, () => [{ kind: 'say', message: { type: 'cleared', wait: false } }]]
];

export function readProgram(code: string): readonly Step[] {
	const lines = code.split('\n').map((line) => line.trim());
	const value = valueOf(lines.at(-1) ?? '');
	const steps = lines.flatMap(readLine);
	return value === null ? steps : [...steps, { kind: 'result', text: value }];
}

export function raising(name: string, message: string): Step {
	const traceback = ['Traceback (most recent call last)', `${name}: ${message}`];
	return { kind: 'say', message: { type: 'error', name, message, traceback } };
}

export function printing(text: string): Step {
	return { kind: 'say', message: { type: 'stream', name: 'stdout', text } };
}

function readLine(line: string): readonly Step[] {
	for (const [pattern, steps] of READERS) {
		const match = pattern.exec(line);
		if (match) return steps(match);
	}
	return [];
}

function counting(times: number): readonly Step[] {
	return Array.from({ length: times }, (_, i) => printing(`${i}\n`));
}

function asking(prompt: string, echo: boolean): Step {
	return { kind: 'ask', prompt: valueOf(prompt) ?? '', echo };
}

function displaying(text: string): Step {
	const data = { 'text/plain': text };
	return { kind: 'say', message: { type: 'display', data, metadata: {}, displayId: null } };
}

function valueOf(expression: string): string | null {
	const quoted = /^(["'])(.*)\1$/.exec(expression);
	if (quoted) return quoted[2] ?? '';
	const sum = /^(-?\d+)(?:\s*([+*])\s*(-?\d+))?$/.exec(expression);
	if (!sum) return null;
	const [left, right] = [Number(sum[1]), Number(sum[3] ?? 0)];
	return String(sum[2] === '*' ? left * right : left + right);
}
