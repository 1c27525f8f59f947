import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { goErrorText } from './go.ts';
import type { Launcher } from './launcher.ts';
import { collect } from './multipart.ts';
import type { Pipe, PipeSource } from './pipes.ts';
import { signal } from './processes.ts';
import type { Sandbox } from './sandboxes.ts';

export interface Shell {
	readonly path: string;
	readonly args?: readonly string[];
}

export interface ShellRun {
	readonly shell: Shell;
	readonly script: string;
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
	readonly timeoutSeconds: number;
}

export interface ShellHost {
	readonly pipes: PipeSource;
	readonly launcher: Launcher;
}

export type ShellEnd =
	| { readonly kind: 'ended'; readonly exitCode: number; readonly output: Buffer }
	| { readonly kind: 'not-started'; readonly reason: string }
	| { readonly kind: 'timed-out' };

/** Linux takes no single argument or variable longer than this, with its NUL: MAX_ARG_STRLEN. */
const LONGEST_STRING = 131_072;

const LONGEST_TIMER_SECONDS = 2_147_483;

/** Ends when the shell has exited and nobody holds its output any more, also after a time-out. */
export async function runShell(run: ShellRun, sandbox: Sandbox, { pipes, launcher }: ShellHost): Promise<ShellEnd> {
	const reason = cannotStart(run);
	if (reason !== undefined) return { kind: 'not-started', reason };
	const [stdin, stdout] = [pipes.toChild(), pipes.fromChild()];
	const { pid, exitCode } = await launcher.start({
		stdinPath: stdin.path,
		outputPath: stdout.path,
		cwd: run.cwd,
		env: run.env,
		command: [run.shell.path, ...(run.shell.args ?? [])],
	});
	sandbox.processGroups.add(pid);
	const deadline = killGroupAfter(run.timeoutSeconds, pid);
	const output = collect(stdout.ours);
	writeScript(stdin, run.script);
	stdout.handOver();
	const [code, bytes] = await Promise.all([exitCode, output]);
	deadline.cancel();
	if (!signal(-pid, 0)) sandbox.processGroups.delete(pid);
	return deadline.hasPassed() ? { kind: 'timed-out' } : { kind: 'ended', exitCode: code, output: bytes };
}

/** A shell that exits early leaves the rest of its script unread: EPIPE is no failure. */
function writeScript({ ours, handOver }: Pipe, script: string): void {
	handOver();
	ours.on('error', () => ours.destroy());
	ours.end(script);
}

function cannotStart({ cwd, env, shell }: ShellRun): string | undefined {
	if (Object.values(env).some((value) => value.includes('\0'))) return 'exec: environment variable contains NUL';
	if (Object.entries(env).some((variable) => Buffer.byteLength(variable.join('=')) >= LONGEST_STRING)) {
		return `fork/exec ${shell.path}: argument list too long`;
	}
	try {
		if (!statSync(cwd).isDirectory()) return `fork/exec ${shell.path}: not a directory`;
		if (isAbsolute(shell.path)) accessSync(shell.path, constants.X_OK);
		return undefined;
	} catch (error) {
		return `fork/exec ${shell.path}: ${goErrorText(error)}`;
	}
}

function killGroupAfter(seconds: number, processGroup: number) {
	let passed = false;
	const kill = () => {
		passed = true;
		signal(-processGroup, 'SIGKILL');
	};
	const limited = seconds > 0 && seconds < LONGEST_TIMER_SECONDS;
	const timer = limited ? setTimeout(kill, seconds * 1000) : undefined;
	return { cancel: () => clearTimeout(timer), hasPassed: () => passed };
}
