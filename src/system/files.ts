import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { UsageError } from '../errors.ts';

/** Nothing that we read is honestly larger: a lockfile is only looked for, or read by its first bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** Missing files are an answer, not an error. */
export function isMissing(error: unknown): boolean {
	const { code } = error as NodeJS.ErrnoException;
	return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * The text of a regular file, or undefined when there is none.
 * Throws a UsageError for a directory, a device or a pipe (which would never end), a file over 4 MiB, or one that may not be read.
 */
export function readText(path: string, bytes?: number): string | undefined {
	let descriptor: number | undefined;
	try {
		descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
		const stat = fstatSync(descriptor);
		if (!stat.isFile()) throw new UsageError(`${path} is not a file.`);
		if (bytes === undefined && stat.size > LARGEST_FILE) {
			throw new UsageError(`${path} is too large to be read (${stat.size} bytes).`);
		}
		const buffer = Buffer.alloc(Math.min(stat.size, bytes ?? stat.size));
		let length = 0;
		while (length < buffer.length) {
			const count = readSync(descriptor, buffer, length, buffer.length - length, length);
			if (count === 0) break;
			length += count;
		}
		return buffer.toString('utf8', 0, length);
	} catch (error) {
		if (isMissing(error)) return undefined;
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
	} finally {
		if (descriptor !== undefined) closeSync(descriptor);
	}
}

export function kindOf(path: string): 'file' | 'directory' | 'other' | undefined {
	try {
		const stat = statSync(path);
		if (stat.isDirectory()) return 'directory';
		return stat.isFile() ? 'file' : 'other';
	} catch {
		return undefined;
	}
}
