import { closeSync } from 'node:fs';
import type Tty from 'node:tty';

export type Signal = 'SIGINT' | 'SIGTERM';

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

export interface Interruption {
	/** Aborts with the signal's name as its reason. */
	readonly signal: AbortSignal;
	/** Which signal came, if one did. */
	readonly received: () => Promise<Signal | undefined>;
	/** For a key that shall do what Ctrl-C does. */
	readonly cancel: () => void;
	/** From here on a signal ends the process again. */
	readonly release: () => void;
}

/** A terminal that is closed, and Ctrl-\, ask for the same as SIGTERM. */
const SIGNALS = {
	SIGINT: 'SIGINT',
	SIGTERM: 'SIGTERM',
	SIGHUP: 'SIGTERM',
	SIGQUIT: 'SIGTERM',
} as const satisfies Record<string, Signal>;

/** At its end Node sets the terminal as it was, and up to version 22 aborts where that is gone: then it shall find none. */
export function outliveTerminal(): void {
	process.once('exit', () => {
		// Loaded here alone: it brings all of Node's streams.
		const { isatty } = require('node:tty') as typeof Tty;
		for (const descriptor of [0, 1, 2]) {
			try {
				if (!isatty(descriptor)) closeSync(descriptor);
			} catch {}
		}
	});
}

/** Ctrl-C and SIGTERM no longer end the process: who does the work sees the signal, and cleans up. */
export function catchSignals(): Interruption {
	const controller = new AbortController();
	const listeners = Object.entries(SIGNALS).map(([name, signal]) => ({ name, abort: () => controller.abort(signal) }));
	for (const { name, abort } of listeners) process.on(name, abort);
	process.once('SIGHUP', outliveTerminal);
	return {
		signal: controller.signal,
		received: async () => {
			// What came while no event could be handled is delivered in the next turn of the event loop, which begins after this one.
			await turn();
			await turn();
			return controller.signal.aborted ? (controller.signal.reason as Signal) : undefined;
		},
		cancel: () => controller.abort('SIGINT' satisfies Signal),
		release: () => {
			for (const { name, abort } of listeners) process.off(name, abort);
			process.off('SIGHUP', outliveTerminal);
		},
	};
}
