import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const SCRIPT = join(import.meta.dirname, 'launcher.pl');

export interface Program {
	readonly stdinPath: string;
	/** stdout and stderr. */
	readonly outputPath: string;
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
	readonly command: readonly string[];
}

export interface Launched {
	readonly pid: number;
	/** The exit code, or -1 after a signal. */
	readonly exitCode: Promise<number>;
}

export interface Launcher {
	start(program: Program): Promise<Launched>;
	/** Starts nothing more, and waits for what is just starting. */
	drain(): Promise<void>;
	end(): Promise<void>;
}

/**
 * Node starts children slowly when its own memory is large, and only in sessions of their own or in its own process
 * group. A small process beside it does better, and is a parent that scripts can kill without harm to the tests.
 */
export function createLauncher(): Launcher {
	const starting = new Map<string, { resolve(launched: Launched): void; reject(error: Error): void }>();
	const running = new Map<number, (exitCode: number) => void>();
	let child: ChildProcess | undefined;
	let isDraining = false;
	let count = 0;

	function onLine(line: string): void {
		const [event, first = '', second = ''] = line.split(' ');
		if (event === 'started') {
			const pid = Number(second);
			const exitCode = new Promise<number>((resolve) => running.set(pid, resolve));
			starting.get(first)?.resolve({ pid, exitCode });
			starting.delete(first);
		} else {
			running.get(Number(first))?.(exitCodeOf(Number(second)));
			running.delete(Number(first));
		}
	}

	function onClose(): void {
		child = undefined;
		const reason = new Error('The loopback Daytona starts shells with perl, which is gone.');
		for (const { reject } of starting.values()) reject(reason);
		for (const resolve of running.values()) resolve(-1);
		starting.clear();
		running.clear();
	}

	function launch(): ChildProcess {
		const launched = spawn('perl', [SCRIPT], {
			env: { PATH: process.env['PATH'] },
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		createInterface({ input: launched.stdout }).on('line', onLine);
		launched.stdin.on('error', () => {});
		launched.once('error', onClose).once('close', onClose);
		return launched;
	}

	return {
		start(program) {
			if (isDraining) return Promise.reject(new Error('The loopback Daytona is closed.'));
			child ??= launch();
			const id = String((count += 1));
			child.stdin?.write(requestLine(id, program));
			return new Promise((resolve, reject) => starting.set(id, { resolve, reject }));
		},
		async drain() {
			isDraining = true;
			while (starting.size > 0) await sleep(1);
		},
		async end() {
			if (child === undefined) return;
			const closed = once(child, 'close');
			child.stdin?.end();
			await closed;
		},
	};
}

function requestLine(id: string, { stdinPath, outputPath, cwd, env, command }: Program): string {
	const variables = Object.entries(env);
	const fields = [id, stdinPath, outputPath, cwd, String(variables.length), ...variables.flat(), ...command];
	return `${fields.map((field) => Buffer.from(field).toString('hex')).join(' ')}\n`;
}

/** From the status that wait(2) gives. */
function exitCodeOf(status: number): number {
	return (status & 0x7f) === 0 ? status >> 8 : -1;
}
