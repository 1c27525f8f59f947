import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { BIN, plainEnv } from './flue.ts';

export const KEYS = {
	enter: '\r',
	escape: '\u001B',
	interrupt: '\u0003',
	down: '\u001B[B',
	up: '\u001B[A',
	end: '\u0004',
	stop: '\u001A',
	backspace: '\u007F',
} as const;

const PATIENCE = 30_000;

export interface TerminalOptions {
	readonly cwd: string;
	readonly columns?: number;
	readonly rows?: number;
	readonly env?: Readonly<Record<string, string>>;
	/** A folder of fake programs, first on PATH. */
	readonly bin?: string;
}

export interface Terminal {
	/** What draws the screen. */
	readonly emulator: xterm.Terminal;
	/** All that a person can see and scroll back to, without the space behind the lines. */
	screen(): string;
	/** What a person sees without scrolling. */
	visible(): string;
	/** The screen with the lines that the terminal broke put together again. */
	text(): string;
	/** Every byte that the program wrote. */
	output(): string;
	/** Resolves once the screen shows the text. */
	shows(text: string): Promise<true>;
	press(keys: string): void;
	/** The exit code. */
	ended(): Promise<number>;
}

function readScreen(terminal: xterm.Terminal, joinLines: boolean, top = 0): string {
	const { active } = terminal.buffer;
	const lines: string[] = [];
	for (let row = top; row < active.length; row++) {
		const line = active.getLine(row);
		const text = line?.translateToString(true) ?? '';
		if (joinLines && line?.isWrapped) lines[lines.length - 1] += text;
		else lines.push(text);
	}
	return lines.join('\n').trimEnd();
}

async function until<T>(what: () => string, find: () => T | undefined): Promise<T> {
	for (const deadline = Date.now() + PATIENCE; ;) {
		const found = find();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error(`${what()}\n`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** Tells the exit code where nobody sees it, and holds the terminal: what is unread when it closes is lost. */
const WRAPPER = `trap : INT; "$0" "$@"; printf '\\033]0;ended %s\\007' $?; read -r _`;

const END_MARK = /\u001B\]0;ended (\d+)\u0007/;

/** Runs a program in a terminal of its own, as a person has it, and keeps what the person sees. */
export function openTerminal(
	file: string,
	args: readonly string[],
	{ cwd, columns = 80, rows = 40, env, bin }: TerminalOptions,
): Terminal {
	const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true });
	const variables = plainEnv({ TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env });
	if (bin !== undefined) variables['PATH'] = `${bin}:${variables['PATH']}`;
	const name = variables['TERM'] ?? '';
	const process = spawn('/bin/sh', ['-c', WRAPPER, file, ...args], {
		name,
		cols: columns,
		rows,
		cwd,
		env: variables,
	});
	let output = '';
	process.onData((data) => {
		output += data;
		terminal.write(data);
	});
	onTestFinished(() => process.kill('SIGKILL'));
	const screen = () => readScreen(terminal, false);
	const text = () => readScreen(terminal, true);
	return {
		emulator: terminal,
		screen,
		visible: () => readScreen(terminal, false, terminal.buffer.active.baseY),
		text,
		output: () => output.replace(END_MARK, ''),
		shows: (words) =>
			until(
				() => `The screen does not show "${words}":\n${screen()}`,
				() => (text().includes(words) ? true : undefined),
			),
		press: (keys) => process.write(keys),
		async ended() {
			const code = await until(
				() => `The program goes on:\n${screen()}`,
				() => END_MARK.exec(output)?.[1],
			);
			await new Promise<void>((resolve) => terminal.write('', resolve));
			return Number(code);
		},
	};
}

/** Runs the built program in a terminal. */
export function flueAtTerminal(args: readonly string[], options: TerminalOptions): Terminal {
	return openTerminal(process.execPath, [BIN, ...args], options);
}
