import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { BIN, plainEnv } from './flue.ts';

export const KEYS = { enter: '\r', escape: '\u001B', interrupt: '\u0003', down: '\u001B[B', up: '\u001B[A', end: '\u0004', backspace: '\u007F' } as const;

const PATIENCE = 30_000;

export interface TerminalOptions {
	readonly cwd: string;
	readonly columns?: number;
	readonly env?: Readonly<Record<string, string>>;
	/** A folder of fake programs, first on PATH. */
	readonly bin?: string;
}

export interface Terminal {
	readonly process: IPty;
	/** All that a person can see and scroll back to, without the space behind the lines. */
	screen(): string;
	/** The screen with the lines that the terminal broke put together again. */
	text(): string;
	/** Every byte that the program wrote. */
	output(): string;
	/** Resolves once the screen shows the text. */
	shows(text: string): Promise<void>;
	press(keys: string): void;
	/** The exit code. */
	ended(): Promise<number>;
}

function readScreen(terminal: xterm.Terminal, joinLines: boolean): string {
	const { active } = terminal.buffer;
	const lines: string[] = [];
	for (let row = 0; row < active.length; row++) {
		const line = active.getLine(row);
		const text = line?.translateToString(true) ?? '';
		if (joinLines && line?.isWrapped) lines[lines.length - 1] += text;
		else lines.push(text);
	}
	return lines.join('\n').trimEnd();
}

async function until<T>(what: () => string, find: () => T | undefined): Promise<T> {
	for (const deadline = Date.now() + PATIENCE; ; ) {
		const found = find();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error(`${what()}\n`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** Runs a program in a terminal of its own, as a person has it, and keeps what the person sees. */
export function openTerminal(file: string, args: readonly string[], { cwd, columns = 80, env, bin }: TerminalOptions): Terminal {
	const terminal = new xterm.Terminal({ cols: columns, rows: 40, scrollback: 1000, allowProposedApi: true });
	const variables = plainEnv({ TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env });
	if (bin !== undefined) variables['PATH'] = `${bin}:${variables['PATH']}`;
	const process = spawn(file, [...args], { name: 'xterm-256color', cols: columns, rows: 40, cwd, env: variables });
	let output = '';
	let exitCode: number | undefined;
	process.onData((data) => {
		output += data;
		terminal.write(data);
	});
	process.onExit((end) => (exitCode = end.signal ? 128 + end.signal : end.exitCode));
	const flush = () => new Promise<void>((resolve) => terminal.write('', resolve));
	const screen = () => readScreen(terminal, false);
	const text = () => readScreen(terminal, true);
	return {
		process,
		screen,
		text,
		output: () => output,
		async shows(words) {
			await until(
				() => `The screen does not show "${words}" (exit code ${exitCode}):\n${screen()}`,
				() => (text().includes(words) ? true : undefined),
			);
		},
		press: (keys) => process.write(keys),
		async ended() {
			const code = await until(() => `The program goes on:\n${screen()}`, () => exitCode);
			await flush();
			return code;
		},
	};
}

/** Runs the built program in a terminal. */
export function flueAtTerminal(args: readonly string[], options: TerminalOptions): Terminal {
	return openTerminal(process.execPath, [BIN, ...args], options);
}
