export function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The time that one call in ten beats, in milliseconds: what a call costs when nothing else disturbs it. */
export function firstDecile(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? Number.NaN;
}

/** The median time of so many calls in turn, in milliseconds. */
export async function medianTime(rounds: number, call: () => Promise<unknown>): Promise<number> {
	return median(await measureTimes(rounds, call));
}

export async function measureTimes(rounds: number, call: () => Promise<unknown>): Promise<readonly number[]> {
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const start = performance.now();
		await call();
		times.push(performance.now() - start);
	}
	return times;
}

/** By how much the memory of this process grows at most while a call runs, in MB. */
export async function peakMemory(call: () => Promise<unknown>): Promise<number> {
	globalThis.gc?.();
	const before = process.memoryUsage.rss();
	let peak = before;
	const timer = setInterval(() => {
		peak = Math.max(peak, process.memoryUsage.rss());
	}, 5);
	await call();
	clearInterval(timer);
	return (Math.max(peak, process.memoryUsage.rss()) - before) / 1e6;
}

export function showTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
	const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
	process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
