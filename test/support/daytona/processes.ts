import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every process of a sandbox inherits this variable, whatever group or session it moves to. */
export const SANDBOX_ID_VARIABLE = 'DAYTONA_SANDBOX_ID';

export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
	try {
		process.kill(pid, name);
		return true;
	} catch {
		return false;
	}
}

/** Ends everything that the sandbox has started and that still runs. */
export async function killProcesses(sandboxId: string, groups: ReadonlySet<number>): Promise<void> {
	for (let round = 0; round < 100; round++) {
		for (const group of groups) signal(-group, 'SIGKILL');
		const pids = findProcesses(sandboxId);
		if (pids.length === 0) return;
		for (const pid of pids) signal(pid, 'SIGKILL');
		await sleep(round);
	}
	throw new Error(`Processes of the sandbox ${sandboxId} do not end.`);
}

/** Living processes with the sandbox's id in their environment; none where there is no /proc. */
export function findProcesses(sandboxId: string): number[] {
	const marker = `${SANDBOX_ID_VARIABLE}=${sandboxId}`;
	return processIds().filter((pid) => readProcess(pid, 'environ').includes(marker) && !isZombie(pid));
}

function processIds(): number[] {
	try {
		return readdirSync('/proc')
			.filter((name) => /^\d+$/.test(name))
			.map(Number);
	} catch {
		return [];
	}
}

function isZombie(pid: number): boolean {
	return readProcess(pid, 'stat').split(') ').at(-1)?.startsWith('Z') ?? true;
}

function readProcess(pid: number, file: 'environ' | 'stat'): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'latin1');
	} catch {
		return '';
	}
}
