export function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median time of so many calls in turn, in milliseconds. */
export async function medianTime(rounds: number, call: () => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const start = performance.now();
		await call();
		times.push(performance.now() - start);
	}
	return median(times);
}

export function showTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
	const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
	process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
