import os from 'node:os';
import { win32 } from 'node:path';
import timers from 'node:timers/promises';
import { execa } from 'execa';
import { withoutRelativeEntries } from './path-variable.ts';

interface ProcessOptions {
	readonly cwd: string;
	readonly env: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	/** Called once, when nothing was said for `stallAfter` milliseconds. */
	readonly onStall: () => void;
	readonly stallAfter: number;
	/** Milliseconds between asking the processes to end and making them. */
	readonly killAfter: number;
}

export interface ProcessEnd {
	readonly exitCode: number | undefined;
	readonly signal: string | undefined;
	/** Why it never ran: "ENOENT". */
	readonly errorCode: string | undefined;
	/** The end of what it said, on both streams. */
	readonly output: string;
}

const KEPT_OUTPUT = 64 * 1024;

/** A program that it left running may hold the streams open for ever. */
const STREAMS_END_AFTER = 1000;

const KILL_TAKES = 1000;

const isWindows = process.platform === 'win32';

/** A script of Windows, such as npm.cmd, looks for its `node` in the current folder first, unless it is told not to. */
function childEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const own = withoutRelativeEntries(env);
	return isWindows ? { ...own, NoDefaultCurrentDirectoryInExePath: '1' } : own;
}

/** Whether there was anybody to get the signal; 0 only asks. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		process.kill(-pid, signal);
		return true;
	} catch {
		return false;
	}
}

/** By its path: a bare name would be looked for in the project first. */
function systemProgram(name: string): string {
	return win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', name);
}

/** A package manager starts programs of its own: they end with it, or its files would change after they were put back. */
async function endProcessTree(pid: number, killAfter: number): Promise<void> {
	if (isWindows) {
		await execa(systemProgram('taskkill.exe'), ['/pid', `${pid}`, '/T', '/F'], {
			reject: false,
			stdio: 'ignore',
			verbose: 'none',
		});
		return;
	}
	signalGroup(pid, 'SIGTERM');
	if (await isGroupGone(pid, killAfter)) return;
	signalGroup(pid, 'SIGKILL');
	await isGroupGone(pid, KILL_TAKES);
}

/** In a container without an init process a dead group stays listed: nobody may wait for it without end. */
async function isGroupGone(pid: number, within: number): Promise<boolean> {
	for (const deadline = Date.now() + within; signalGroup(pid, 0);) {
		if (Date.now() > deadline) return false;
		await timers.setTimeout(20);
	}
	return true;
}

/** The last bytes of streams that may be endless, in the order in which they came. */
function keepEnd(streams: readonly NodeJS.ReadableStream[], onData: () => unknown): () => string {
	let kept: Buffer[] = [];
	let length = 0;
	const keep = (chunk: Buffer) => {
		onData();
		kept.push(chunk);
		length += chunk.length;
		if (length > 2 * KEPT_OUTPUT) {
			kept = [Buffer.concat(kept).subarray(-KEPT_OUTPUT)];
			length = KEPT_OUTPUT;
		}
	};
	for (const stream of streams) stream.on('data', keep);
	return () => Buffer.concat(kept).subarray(-KEPT_OUTPUT).toString('utf8');
}

/** Runs a program that gets no input and shows nothing. An abort ends it with all that it started, and so does its failure. */
export async function runProcess(file: string, args: readonly string[], options: ProcessOptions): Promise<ProcessEnd> {
	const { cwd, env, signal, onStall, stallAfter, killAfter } = options;
	const running = execa(file, args, {
		cwd,
		env: childEnv(env),
		extendEnv: false,
		stdin: 'ignore',
		buffer: false,
		encoding: 'buffer',
		reject: false,
		// Whatever NODE_DEBUG asks of execa: its log would stand among our words.
		verbose: 'none',
		cleanup: false,
		detached: !isWindows,
		windowsHide: true,
	});
	const { pid, stdout, stderr } = running;
	let isStalled = false;
	const stall = setTimeout(() => {
		isStalled = true;
		onStall();
	}, stallAfter);
	const readEnd = keepEnd([stdout, stderr], () => isStalled || stall.refresh());
	let ending: Promise<void> | undefined;
	const end = () => (ending ??= pid === undefined ? Promise.resolve() : endProcessTree(pid, killAfter));
	signal.addEventListener('abort', end);
	running.once('exit', () =>
		setTimeout(() => [stdout, stderr].forEach((stream) => stream.destroy()), STREAMS_END_AFTER).unref(),
	);
	const { exitCode, signal: killedBy, code } = await running;
	clearTimeout(stall);
	signal.removeEventListener('abort', end);
	if (signal.aborted || exitCode !== 0) await end();
	return { exitCode, signal: killedBy, errorCode: code, output: readEnd() };
}

/** A command line of Windows holds 8191 characters where a script starts the program; an argument of Linux 128 KiB. */
export const LONGEST_ARGUMENT = isWindows ? 7000 : 120_000;

interface AgentEnd {
	/** As a shell gives it: 128 and the number of the signal that ended the agent. */
	readonly exitCode: number;
	/** Why it never ran: "EACCES". */
	readonly errorCode: string | undefined;
	/** Whether we were told to end, and told the agent. */
	readonly isTerminated: boolean;
	/** Whether a signal ended it, so that it may have left the terminal as it had it. */
	readonly isKilled: boolean;
}

/** A terminal sends Ctrl-C and its own end to the agent as well; without one, all that we get is handed on. */
function forwardedSignals(): readonly NodeJS.Signals[] {
	return process.stdin.isTTY ? ['SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
}

/** Gives the terminal to the agent until it ends. */
export async function runCodingAgent(
	file: string,
	args: readonly string[],
	cwd: string,
	env: NodeJS.ProcessEnv,
): Promise<AgentEnd> {
	const running = execa(file, args, {
		cwd,
		env: childEnv(env),
		extendEnv: false,
		stdio: 'inherit',
		reject: false,
		forceKillAfterDelay: false,
		verbose: 'none',
	});
	let isTerminated = false;
	const listeners = forwardedSignals().map((signal) => ({
		signal,
		forward: () => {
			isTerminated = true;
			running.kill(signal);
		},
	}));
	for (const { signal, forward } of listeners) process.on(signal, forward);
	const { exitCode, signal, code } = await running;
	for (const { signal, forward } of listeners) process.off(signal, forward);
	return {
		exitCode: exitCode ?? 128 + (signal === undefined ? 0 : os.constants.signals[signal]),
		errorCode: running.pid === undefined ? (code ?? 'for no known reason') : undefined,
		isTerminated,
		isKilled: signal !== undefined,
	};
}
