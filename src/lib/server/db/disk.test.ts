import { expect, test } from 'vitest';
import { Disk } from './disk';

/** A disk that takes its time: each write ends when the test says so. */
function slowDisk() {
	const begun: { path: string; end: (error?: Error) => void }[] = [];
	const disk = new Disk('/data/a.db', (path) => {
		return new Promise((resolve, reject) => {
			const end = (error?: Error) => {
				if (error) reject(error);
				else resolve();
			};
			begun.push({ path, end });
		});
	});
	async function end(at: number, error?: Error) {
		begun[at]?.end(error);
		await new Promise((resolve) => setImmediate(resolve));
	}
	return { disk, end, paths: () => begun.map(({ path }) => path) };
}

test('the log, and once that there is a log', async () => {
	const { disk, end, paths } = slowDisk();
	const first = disk.settle();
	await end(0);
	await end(1);
	await first;
	const second = disk.settle();
	await end(2);
	await second;
	expect(paths()).toEqual(['/data/a.db-wal', '/data', '/data/a.db-wal']);
});

test('all who ask meanwhile wait for one more, which begins after the present one', async () => {
	const { disk, end, paths } = slowDisk();
	const done: string[] = [];
	void disk.settle().then(() => done.push('first'));
	const later = [disk.settle(), disk.settle()].map((one, at) =>
		one.then(() => done.push(`later ${at}`))
	);
	expect(paths()).toHaveLength(1);
	await end(0);
	await end(1);
	expect(done).toEqual(['first']);
	expect(paths()).toHaveLength(3);
	await end(2);
	await Promise.all(later);
	expect(done).toEqual(['first', 'later 0', 'later 1']);
	expect(paths()).toHaveLength(3);
});

test('a failure reaches those who waited for it, and nobody else', async () => {
	const { disk, end } = slowDisk();
	const first = disk.settle();
	const second = disk.settle();
	const failed = expect(first).rejects.toThrow('EIO');
	await end(0, new Error('EIO'));
	await failed;
	await end(1);
	await end(2);
	await second;
	const third = disk.settle();
	await end(3);
	await third;
});
