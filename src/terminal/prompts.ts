import { isCancel, log, select } from '@clack/prompts';
import type { CodingAgentName } from '../ecosystem/coding-agents.ts';
import { ANSWERED, PACKAGE_MANAGER_NAMES, type PackageManager } from '../ecosystem/package-managers.ts';
import { Cancelled } from '../lib/errors.ts';
import type { Environment, Context } from './context.ts';
import { wantsPlainText } from './interactive.ts';
import { outliveReaders } from './streams.ts';

interface Question<T extends string> {
	readonly message: string;
	readonly options: readonly { readonly value: T; readonly label: string }[];
}

type Asker = Pick<Context, 'env' | 'interruption'>;

/** stdout belongs to programs: every question goes to the terminal by way of stderr. */
const output = process.stderr;

outliveReaders(output);

const GUIDE_WIDTH = 3;

const LONGEST_LINE = 80;

async function choose<T extends string>(question: Question<T>, { env, interruption: { signal } }: Asker): Promise<T> {
	if (wantsPlainText(env)) return choosePlainly(question, signal);
	const { message, options } = question;
	const answer: unknown = await select<string>({ message, options: [...options], output, signal });
	if (isCancel(answer)) throw new Cancelled();
	return answer as T;
}

/** How many columns the lines above a question may take. */
export function summaryWidth(env: Environment): number {
	const width = Math.min(output.columns || LONGEST_LINE, LONGEST_LINE) - 1;
	return wantsPlainText(env) ? width : width - GUIDE_WIDTH;
}

function showSummary(lines: string[], { env }: Asker): void {
	if (wantsPlainText(env)) output.write(`${lines.join('\n')}\n`);
	else log.message(lines, { output, spacing: 0 });
}

export async function askWhatToDo(
	summary: string[],
	agents: readonly CodingAgentName[],
	asker: Asker,
): Promise<'write' | 'print' | CodingAgentName> {
	showSummary(summary, asker);
	const options = [
		{ value: 'write', label: 'Write it now' },
		...agents.map((agent) => ({ value: agent, label: `Hand it to ${agent}` })),
		{ value: 'print', label: 'Print the instructions' },
	] as const;
	return choose<'write' | 'print' | CodingAgentName>({ message: 'What do you want to do?', options }, asker);
}

export async function confirmWrite(summary: string[], asker: Asker): Promise<boolean> {
	showSummary(summary, asker);
	const options = [
		{ value: 'yes', label: 'Yes, write it' },
		{ value: 'no', label: 'No, change nothing' },
	] as const;
	return (await choose<'yes' | 'no'>({ message: 'Go ahead?', options }, asker)) === 'yes';
}

export async function askPackageManager(lockfiles: string, asker: Asker): Promise<PackageManager> {
	const message = `Which package manager does this project use? There are ${lockfiles}.`;
	const options = PACKAGE_MANAGER_NAMES.map((name) => ({ value: name, label: name }));
	return { name: await choose({ message, options }, asker), yarn: undefined, from: ANSWERED };
}

const { stdin, stderr } = process;

const KEY = { ctrlC: '\u0003', ctrlD: '\u0004', escape: '\u001B', backspace: '\u007F' } as const;

const LEAVING: ReadonlySet<string> = new Set([KEY.ctrlC, KEY.ctrlD, KEY.escape]);

/** An arrow and its like are several characters that begin with Esc. */
const EACH_KEY = /\u001B[[O][\d;]*[A-Za-z~]|[^]/gu;

function echo(line: string, key: string): string {
	if (key !== KEY.backspace && key.length === 1 && key >= ' ') {
		stderr.write(key);
		return line + key;
	}
	if (key !== KEY.backspace || line === '') return line;
	stderr.write('\b \b');
	return line.slice(0, -1);
}

/** One line from the keyboard, key by key: a terminal that collects lines would keep Esc to itself. Throws Cancelled. */
function readLine(signal: AbortSignal): Promise<string> {
	return new Promise((resolve, reject) => {
		let line = '';
		const stop = () => {
			stdin.off('data', onData).setRawMode(false).pause();
			signal.removeEventListener('abort', leave);
			stderr.write('\n');
		};
		const leave = () => {
			stop();
			reject(new Cancelled());
		};
		const onData = (data: Buffer) => {
			const keys = data.toString().match(EACH_KEY) ?? [];
			for (const [index, key] of keys.entries()) {
				if (LEAVING.has(key)) return leave();
				if (key === '\r' || key === '\n') {
					stop();
					stdin.unshift(keys.slice(index + 1).join(''));
					return resolve(line.trim());
				}
				line = echo(line, key);
			}
		};
		signal.addEventListener('abort', leave);
		stdin.setRawMode(true).on('data', onData).resume();
	});
}

/** A numbered question: nothing is drawn twice, so that it can be read aloud. */
async function choosePlainly<T extends string>({ message, options }: Question<T>, signal: AbortSignal): Promise<T> {
	stderr.write(`${message}\n${options.map(({ label }, index) => `  ${index + 1}. ${label}\n`).join('')}`);
	for (;;) {
		if (signal.aborted) throw new Cancelled();
		stderr.write(`Number (1 to ${options.length}; Esc leaves): `);
		const answer = await readLine(signal);
		const chosen = /^\d$/.test(answer) ? options[Number(answer) - 1] : undefined;
		if (chosen !== undefined) return chosen.value;
		stderr.write('That is none of the numbers.\n');
	}
}
