import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../lib/errors.ts';
import { outliveTerminal } from './interruption.ts';
import { outliveReaders } from './streams.ts';

const { stdin } = process;

// A terminal that is gone says so whenever it is set, too.
outliveReaders(stdin);

/** Stops a program where there is job control, and ends its input on Windows. */
const CTRL_Z = '\u001A';
const LEAVING = process.platform === 'win32' ? /[\u0004\u001A]/ : /\u0004/;

/** Milliseconds without a key, after which what was typed or pasted beforehand is over. */
const QUIET = 50;

/** A key that somebody leans on may keep a question from being drawn for so many milliseconds, and no longer. */
const LONGEST_WAIT = 2000;

/** After that a process that could be stopped has been, and goes on. */
const STOPPING_TAKES = 100;

interface KeyHandlers {
	/** Keys as the terminal sends them; Ctrl-Z is not among them. */
	readonly onKeys: (keys: string) => void;
	/** The terminal was closed. */
	readonly onGone?: () => void;
	/** Somebody stops the process, or has let it go on: what was drawn is no longer where the cursor is. */
	readonly onStop?: () => void;
}

const NOBODY: KeyHandlers = { onKeys: () => {} };

/** The terminal sends the keys themselves, in place of lines and signals, and shows none of them. */
export class Keyboard {
	#handlers = NOBODY;
	#isGone = false;
	#resumed: Promise<void> | undefined;

	constructor() {
		stdin.on('data', this.#read).on('end', this.#leave).on('close', this.#leave).on('error', this.#leave);
		process.on('SIGCONT', this.#continue).on('SIGHUP', this.#leave);
		stdin.setRawMode(true).resume();
	}

	get isGone(): boolean {
		return this.#isGone;
	}

	hand(handlers: KeyHandlers): void {
		this.#handlers = handlers;
		if (this.#isGone) handlers.onGone?.();
	}

	/** Drops what was typed before. */
	async untilQuiet(): Promise<void> {
		await this.#resumed;
		const start = performance.now();
		for (let isQuiet = false; !isQuiet && !this.#isGone && performance.now() - start < LONGEST_WAIT;) {
			isQuiet = true;
			this.#handlers = { onKeys: () => void (isQuiet = false) };
			await sleep(QUIET);
		}
		this.#handlers = NOBODY;
	}

	close(): void {
		stdin.off('data', this.#read).off('end', this.#leave).off('close', this.#leave).off('error', this.#leave);
		process.off('SIGCONT', this.#continue).off('SIGHUP', this.#leave);
		stdin.setRawMode(false).pause();
	}

	readonly #read = (data: Buffer) => {
		const [keys = '', ...rest] = process.platform === 'win32' ? [data.toString()] : data.toString().split(CTRL_Z);
		if (keys !== '') this.#handlers.onKeys(keys);
		if (rest.length > 0) this.#resumed ??= this.#stop();
	};

	readonly #leave = () => {
		if (!this.#isGone) outliveTerminal();
		this.#isGone = true;
		this.#handlers.onGone?.();
	};

	/** A shell that lets a program go on gives it the terminal as the shell had it. */
	readonly #continue = () => {
		if (this.#resumed !== undefined) return;
		stdin.setRawMode(false).setRawMode(true);
		this.#handlers.onStop?.();
	};

	/** As the terminal would: the whole group stops, npx and the shell's pipeline with us. */
	async #stop(): Promise<void> {
		this.#handlers.onStop?.();
		stdin.setRawMode(false);
		process.kill(0, 'SIGTSTP');
		await sleep(STOPPING_TAKES);
		stdin.setRawMode(true);
		this.#resumed = undefined;
	}
}

type Ask<T> = (keys: Readable, signal: AbortSignal) => Promise<T | undefined>;

/**
 * Asks until there is an answer, and once more after Ctrl-Z and `fg`; the question ends without one when its signal aborts.
 * Throws Cancelled, with the signal's reason where that is why.
 */
export async function askOnKeyboard<T>(ask: Ask<T>, signal: AbortSignal): Promise<T> {
	const keyboard = new Keyboard();
	try {
		for (;;) {
			await keyboard.untilQuiet();
			if (signal.aborted || keyboard.isGone) break;
			const turn = new AbortController();
			const keys = new PassThrough();
			keyboard.hand({
				onKeys: (text) => {
					const [before = '', ...rest] = text.split(LEAVING);
					keys.write(before);
					if (rest.length > 0) turn.abort('left');
				},
				onGone: () => turn.abort('left'),
				onStop: () => turn.abort('stopped'),
			});
			const answer = await ask(keys, AbortSignal.any([signal, turn.signal]));
			if (answer !== undefined) return answer;
			if (signal.aborted || turn.signal.reason !== 'stopped') break;
		}
		throw new Cancelled('', { cause: keyboard.isGone ? undefined : signal.reason });
	} finally {
		keyboard.close();
	}
}
