import os from 'node:os';

/** Stands in for human-signals in execa: what a signal means is only in messages that nobody gets to see, so its name will do. */
export const signalsByName = Object.fromEntries(
	Object.keys(os.constants.signals).map((name) => [name, { name, description: name }]),
);
