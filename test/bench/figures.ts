import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

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

setFlagsFromString('--expose-gc');

const collectGarbage = runInNewContext('gc') as () => void;

function memoryInUse(): number {
	const { heapUsed, external } = process.memoryUsage();
	return (heapUsed + external) / 1e6;
}

/** By how much the memory that this process uses grows at most while a call runs, in MB: the median of so many calls. */
export async function peakMemory(rounds: number, call: () => Promise<unknown>): Promise<number> {
	const peaks: number[] = [];
	for (let round = 0; round < rounds; round++) {
		collectGarbage();
		const before = memoryInUse();
		let peak = before;
		const look = () => (peak = Math.max(peak, memoryInUse()));
		const timer = setInterval(look, 2);
		await call();
		clearInterval(timer);
		look();
		peaks.push(peak - before);
	}
	return median(peaks);
}

export function showTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
	const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
	process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
