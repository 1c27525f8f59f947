import { fitText, LINE_WIDTH } from '../lib/text.ts';
import type { Context } from './context.ts';
import { wantsPlainText } from './interactive.ts';
import { Keyboard } from './keyboard.ts';
import { outliveReaders } from './streams.ts';

const { stderr } = process;

outliveReaders(stderr);

const ERASE_LINE = '\r\u001B[K';

const FRAMES = ['|', '/', '-', '\\'];

const STILL_RUNNING_EVERY = 30_000;

/** Esc does what Ctrl-C does. Ours and not clack's spinner, which ends the process with exit code 0 on Ctrl-C. */
function cancelOnKeys(cancel: () => void): () => void {
	const keyboard = new Keyboard();
	keyboard.hand({
		onKeys: (keys) => {
			if (keys === '\u001B' || keys.includes('\u0003')) cancel();
		},
	});
	return () => keyboard.close();
}

function seconds(since: number): string {
	return `${Math.floor((performance.now() - since) / 1000)} s`;
}

/** One line, cut to the width: what the terminal breaks cannot be drawn over. */
function spin(what: string): { clear: () => void; stop: () => void } {
	const start = performance.now();
	let turns = 0;
	const draw = () => {
		const line = `${FRAMES[turns++ % FRAMES.length]} ${what}, ${seconds(start)} (Esc or Ctrl-C ends it)`;
		stderr.write(`${ERASE_LINE}${line.slice(0, (stderr.columns || 80) - 1)}`);
	};
	const timer = setInterval(draw, 120);
	draw();
	return { clear: () => stderr.write(ERASE_LINE), stop: () => clearInterval(timer) };
}

function writeLine(line: string): void {
	stderr.write(`${fitText(line, stderr.columns || LINE_WIDTH)}\n`);
}

function tellNowAndThen(what: string): { clear: () => void; stop: () => void } {
	const start = performance.now();
	writeLine(`${what} is running. Esc or Ctrl-C ends it.`);
	const timer = setInterval(
		() => writeLine(`${what} is still running, ${seconds(start)}. Esc or Ctrl-C ends it.`),
		STILL_RUNNING_EVERY,
	);
	return { clear: () => {}, stop: () => clearInterval(timer) };
}

/** Shows a person at a terminal that something goes on, and lets go of the terminal however it ends. */
export async function showProgress<T>(
	what: string,
	work: (say: (line: string) => void) => Promise<T>,
	{ env, interruption }: Pick<Context, 'env' | 'interruption'>,
): Promise<T> {
	const stopKeys = cancelOnKeys(interruption.cancel);
	const { clear, stop } = wantsPlainText(env) ? tellNowAndThen(what) : spin(what);
	try {
		return await work((line) => {
			clear();
			writeLine(line);
		});
	} finally {
		stop();
		clear();
		stopKeys();
	}
}
