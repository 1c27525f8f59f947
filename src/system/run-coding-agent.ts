import os from 'node:os';
import { execa } from 'execa';

export interface AgentEnd {
	/** As a shell gives it: 128 and the number of the signal that ended the agent. */
	readonly exitCode: number;
	/** Why it never ran: "EACCES". */
	readonly errorCode: string | undefined;
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
		env,
		extendEnv: false,
		stdio: 'inherit',
		reject: false,
		forceKillAfterDelay: false,
		verbose: 'none',
	});
	const listeners = forwardedSignals().map((signal) => ({ signal, forward: () => void running.kill(signal) }));
	for (const { signal, forward } of listeners) process.on(signal, forward);
	const { exitCode, signal, code } = await running;
	for (const { signal, forward } of listeners) process.off(signal, forward);
	return {
		exitCode: exitCode ?? 128 + (signal === undefined ? 0 : os.constants.signals[signal]),
		errorCode: running.pid === undefined ? (code ?? 'for no known reason') : undefined,
	};
}
