import { isatty } from 'node:tty';
import type { Terminals } from '../audience.ts';

/** Asks the descriptors: `process.stdin.isTTY` would open the stream. */
export function findTerminals(): Terminals {
	return { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) };
}
