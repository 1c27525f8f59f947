import { fstatSync, statSync } from 'node:fs';
import type Tty from 'node:tty';
import type { Terminals } from '../audience.ts';

/** Neither a pipe, nor a file, nor the null device. */
function mayBeTerminal(descriptor: number): boolean {
	try {
		const stat = fstatSync(descriptor);
		return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
	} catch {
		return false;
	}
}

/** Asks the descriptor: `process.stdin.isTTY` would open the stream. What can be no terminal needs no `node:tty`, which loads all of Node's streams. */
function isTerminal(descriptor: number): boolean {
	return mayBeTerminal(descriptor) && (require('node:tty') as typeof Tty).isatty(descriptor);
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
