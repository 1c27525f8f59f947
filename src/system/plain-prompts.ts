import { Cancelled } from '../errors.ts';
import type { Question } from './prompts.ts';

const { stdin, stderr } = process;

const [CTRL_C, CTRL_D, ESCAPE, BACKSPACE] = ['\u0003', '\u0004', '\u001B', '\u007F'];

/** One line from the keyboard, key by key: a terminal that collects lines would keep Esc to itself. */
function readLine(signal: AbortSignal): Promise<string> {
	return new Promise((resolve, reject) => {
		let line = '';
		const stop = () => {
			stdin.off('data', onData).setRawMode(false).pause();
			signal.removeEventListener('abort', cancel);
			stderr.write('\n');
		};
		const cancel = () => {
			stop();
			reject(new Cancelled());
		};
		const onKey = (key: string) => {
			if (key === BACKSPACE && line !== '') stderr.write('\b \b');
			if (key === BACKSPACE) line = line.slice(0, -1);
			if (key < ' ' || key === BACKSPACE) return;
			line += key;
			stderr.write(key);
		};
		const onData = (data: Buffer) => {
			const keys = data.toString();
			if (keys === ESCAPE || keys.includes(CTRL_C ?? '') || keys.includes(CTRL_D ?? '')) return cancel();
			if (keys.startsWith(ESCAPE ?? '')) return;
			const end = keys.search(/[\r\n]/);
			for (const key of end === -1 ? keys : keys.slice(0, end)) onKey(key);
			if (end === -1) return;
			stop();
			resolve(line.trim());
		};
		signal.addEventListener('abort', cancel);
		stdin.setRawMode(true).on('data', onData).resume();
	});
}

/** A numbered question: nothing is drawn twice, so that it can be read aloud. */
export async function choosePlainly<T extends string>({ message, options }: Question<T>, signal: AbortSignal): Promise<T> {
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
