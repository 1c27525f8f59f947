import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import timers from 'node:timers/promises';
import { WriteError } from '../lib/errors.ts';
import { printable } from '../lib/sanitize.ts';
import { temporaryPath, lockedBy, removeQuietly } from './temporary-files.ts';

/** Two runs that begin in the same instant see each other, and both step back. */
const ATTEMPTS = 5;

const LONGEST_PAUSE = 100;

/** A folder in which nothing may be made needs no lock: whether the files can be written, their own folders tell. */
const UNLOCKED = new Set(['EACCES', 'EPERM', 'EROFS']);

function makeLock(path: string): void {
	try {
		closeSync(openSync(path, 'w'));
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === undefined || UNLOCKED.has(code)) return;
		throw new WriteError(`${printable(path)} cannot be written: ${message}`, { cause: error });
	}
}

/** The process that is at work in one of the folders, or undefined when they are ours now. */
function tryLock(targets: readonly string[], locks: readonly string[]): number | undefined {
	for (const path of locks) makeLock(path);
	const [other] = targets.flatMap(lockedBy);
	if (other !== undefined) locks.forEach(removeQuietly);
	return other;
}

/**
 * Each run makes a lock of its own name and then looks for others: no stale lock has to be taken over, and of two runs that look,
 * the later one sees the earlier. Throws a WriteError while another one is at work.
 */
export async function whileLocked<T>(folders: readonly string[], work: () => Promise<T>): Promise<T> {
	const targets = folders.map((folder) => join(folder, 'package.json'));
	const locks = targets.map((target) => temporaryPath(target, 'lock'));
	try {
		for (let attempt = 1, other = tryLock(targets, locks); other !== undefined; attempt++) {
			if (attempt === ATTEMPTS) throw new WriteError(`Another flue (process ${other}) is writing in this project.`);
			await timers.setTimeout(Math.random() * LONGEST_PAUSE);
			other = tryLock(targets, locks);
		}
		return await work();
	} finally {
		locks.forEach(removeQuietly);
	}
}
