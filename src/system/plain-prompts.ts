import { Cancelled } from '../errors.ts';
import type { Question } from './prompts.ts';

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
export async function choosePlainly<T extends string>(
	{ message, options }: Question<T>,
	signal: AbortSignal,
): Promise<T> {
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
