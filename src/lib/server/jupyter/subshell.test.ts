import { expect, test } from 'vitest';
import type { MimeBundle } from './port';
import { Subshell, type SubshellId } from './subshell';

/** A kernel that has the subshells given and answers when it is told to. */
function kernel(there: readonly string[]) {
	const asked: string[] = [];
	let answer: () => void = () => undefined;
	const replies: Readonly<Record<string, MimeBundle>> = {
		list_subshell_request: { subshell_id: there },
		create_subshell_request: { subshell_id: 'new' }
	};
	const subshell = new Subshell((type) => {
		asked.push(type);
		return new Promise((resolve) => (answer = () => resolve(replies[type] ?? null)));
	});
	const step = async () => {
		answer();
		await new Promise((resolve) => setImmediate(resolve));
	};
	return { subshell, asked, step };
}

test('one is made, once, for all that run beside others', async () => {
	const { subshell, asked, step } = kernel([]);
	const used: (SubshellId | null)[] = [];
	void subshell.use((id) => used.push(id));
	void subshell.use((id) => used.push(id));
	await step();
	await step();
	expect(asked).toEqual(['list_subshell_request', 'create_subshell_request']);
	expect(used).toEqual([{ subshell: 'new' }, { subshell: 'new' }]);
});

test('the one that an earlier web process made is found again', async () => {
	const { subshell, asked, step } = kernel(['old']);
	const used: (SubshellId | null)[] = [];
	void subshell.use((id) => used.push(id));
	await step();
	expect([asked, used]).toEqual([['list_subshell_request'], [{ subshell: 'old' }]]);
});

test('what waited for a process that has ended is dropped', async () => {
	const { subshell, step } = kernel(['old']);
	const used: (SubshellId | null)[] = [];
	void subshell.use((id) => used.push(id));
	subshell.forget();
	await step();
	expect(used).toEqual([]);
});
