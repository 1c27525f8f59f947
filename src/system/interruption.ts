import type { Signal } from '../outcome.ts';

export interface Interruption {
	/** Aborts with the signal's name as its reason. */
	readonly signal: AbortSignal;
	/** Which signal came, if one did. */
	readonly received: () => Signal | undefined;
}

/** From here on Ctrl-C and SIGTERM no longer end the process: who does the work sees the signal, and cleans up. */
export function catchSignals(): Interruption {
	const controller = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort(name));
	const received = () => (controller.signal.aborted ? (controller.signal.reason as Signal) : undefined);
	return { signal: controller.signal, received };
}
