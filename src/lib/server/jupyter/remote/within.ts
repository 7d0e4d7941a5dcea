/** An end to waiting. What is waited for may go on; whoever gives up sees to that. */

/** @throws what `late` gives, when `limit` milliseconds have gone by first */
export async function within<T>(limit: number, work: Promise<T>, late: () => Error): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const end = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(late()), limit);
	});
	try {
		return await Promise.race([work, end]);
	} finally {
		clearTimeout(timer);
	}
}
