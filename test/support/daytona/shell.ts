import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { goErrorText } from './go.ts';
import type { PipeSource } from './pipes.ts';
import { SANDBOX_ID_VARIABLE, signal } from './processes.ts';
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

export type ShellEnd =
	| { readonly kind: 'ended'; readonly exitCode: number; readonly output: Buffer }
	| { readonly kind: 'not-started'; readonly reason: string }
	| { readonly kind: 'timed-out' };

const LONGEST_TIMER_SECONDS = 2_147_483;

/** Node can start a new session only; the daemon starts a new process group in its own session. */
const LAUNCHER = ['-e', 'setpgrp; my $count = shift; %ENV = splice @ARGV, 0, 2 * $count; exec { $ARGV[0] } @ARGV;'];

/** Ends when the shell has exited and nobody holds its output any more, also after a time-out. */
export async function runShell(run: ShellRun, sandbox: Sandbox, pipes: PipeSource): Promise<ShellEnd> {
	const reason = cannotStart(run);
	if (reason !== undefined) return { kind: 'not-started', reason };
	const { child, output, processGroup } = startShell(run, sandbox, pipes);
	const deadline = killGroupAfter(run.timeoutSeconds, processGroup);
	const [exitCode, bytes] = await Promise.all([exitCodeOf(child), output]);
	deadline.cancel();
	if (!signal(-processGroup, 0)) sandbox.processGroups.delete(processGroup);
	return deadline.hasPassed() ? { kind: 'timed-out' } : { kind: 'ended', exitCode, output: bytes };
}

function cannotStart({ cwd, env, shell }: ShellRun): string | undefined {
	if (Object.values(env).some((value) => value.includes('\0'))) return 'exec: environment variable contains NUL';
	try {
		if (!statSync(cwd).isDirectory()) return `fork/exec ${shell.path}: not a directory`;
		if (isAbsolute(shell.path)) accessSync(shell.path, constants.X_OK);
		return undefined;
	} catch (error) {
		return `fork/exec ${shell.path}: ${goErrorText(error)}`;
	}
}

function startShell(run: ShellRun, sandbox: Sandbox, pipes: PipeSource) {
	const stdin = pipes.toChild();
	const stdout = pipes.fromChild();
	const env = { ...run.env, [SANDBOX_ID_VARIABLE]: sandbox.id };
	const variables = Object.entries(env);
	const args = [...LAUNCHER, String(variables.length), ...variables.flat(), run.shell.path, ...(run.shell.args ?? [])];
	const child = spawn('perl', args, {
		cwd: run.cwd,
		env: { PATH: process.env['PATH'], [SANDBOX_ID_VARIABLE]: sandbox.id },
		stdio: [stdin.childFd, stdout.childFd, stdout.childFd],
	});
	closeSync(stdin.childFd);
	closeSync(stdout.childFd);
	child.once('error', () => stdin.ours.destroy());
	if (child.pid === undefined) throw new Error('The loopback Daytona needs perl on the PATH to start shells.');
	sandbox.processGroups.add(child.pid);
	// A shell that exits early leaves the rest of its script unread: EPIPE is no failure.
	stdin.ours.on('error', () => stdin.ours.destroy());
	stdin.ours.end(run.script);
	return { child, processGroup: child.pid, output: readAll(stdout.ours) };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

function exitCodeOf(child: ChildProcess): Promise<number> {
	return new Promise((resolve, reject) => {
		child.once('exit', (code) => resolve(code ?? -1));
		child.once('error', reject);
	});
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
