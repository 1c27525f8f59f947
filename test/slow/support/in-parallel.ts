import { availableParallelism } from 'node:os';

/** Runs the work for every item, as many at a time as there are processors. */
export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
	const left = items[Symbol.iterator]();
	const worker = async () => {
		for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value);
	};
	await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
}
