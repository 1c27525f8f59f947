import { spawn } from '@lydell/node-pty';

export interface TerminalOptions {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
	/** What a person types as soon as the text is on the screen; each once, in this order. */
	readonly answers?: readonly { readonly on: string | RegExp; readonly type: string }[];
	/** Called with all that is on the screen so far. */
	readonly watch?: (screen: string, pid: number) => void;
}

/** Runs a shell script at a real terminal. The screen holds every character that was written to it, escape codes included. */
export async function atTerminal(
	script: string,
	{ cwd, env, answers = [], watch }: TerminalOptions,
): Promise<{ screen: string; exitCode: number }> {
	const terminal = spawn('/bin/sh', ['-c', script], {
		cwd,
		env: { TERM: 'xterm-256color', ...env },
		cols: 200,
		rows: 50,
	});
	const left = [...answers];
	let screen = '';
	terminal.onData((text) => {
		screen += text;
		const [next] = left;
		if (next !== undefined && (typeof next.on === 'string' ? screen.includes(next.on) : next.on.test(screen))) {
			left.shift();
			terminal.write(next.type);
		}
		watch?.(screen, terminal.pid);
	});
	return new Promise((resolve) => {
		terminal.onExit(({ exitCode }) => resolve({ screen, exitCode }));
	});
}

export const CTRL_C = '\x03';

export const ENTER = '\r';
