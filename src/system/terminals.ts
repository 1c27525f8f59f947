import { fstatSync } from 'node:fs';
import tty from 'node:tty';
import type { Terminals } from '../audience.ts';

function isCharacterDevice(descriptor: number): boolean {
	try {
		return fstatSync(descriptor).isCharacterDevice();
	} catch {
		return false;
	}
}

/** Asks the descriptor: `process.stdin.isTTY` would open the stream. What is a pipe or a file needs no `node:tty`, which loads all of Node's streams. */
function isTerminal(descriptor: number): boolean {
	return isCharacterDevice(descriptor) && tty.isatty(descriptor);
}

/** Each is looked at when it is asked for. */
export function findTerminals(): Terminals {
	return {
		get stdin() {
			return isTerminal(0);
		},
		get stdout() {
			return isTerminal(1);
		},
		get stderr() {
			return isTerminal(2);
		},
	};
}
