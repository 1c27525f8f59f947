import {
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	opendirSync,
	openSync,
	readSync,
	realpathSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { isInside } from '../lib/paths.ts';
import { failure, shownPath } from '../lib/sanitize.ts';

/** Nothing that we read is honestly larger: a lockfile is only looked for, or read by its first bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** Missing files are an answer, not an error. */
export function isMissing(error: unknown): boolean {
	const { code } = error as NodeJS.ErrnoException;
	return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * The bytes of a regular file, or undefined when there is none.
 * Throws a UsageError for a directory, a device or a pipe (which would never end), a file over 4 MiB, or one that may not be read.
 */
function readBuffer(path: string, bytes: number | undefined): Buffer | undefined {
	let descriptor: number | undefined;
	try {
		// Most of what is looked for is not there, and an error takes ten times as long as this.
		if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
		descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
		const stat = fstatSync(descriptor);
		if (!stat.isFile()) throw new UsageError(`${shownPath(path)} is not a file.`, 'Put a file in its place.');
		if (bytes === undefined && stat.size > LARGEST_FILE) {
			throw new UsageError(
				`${shownPath(path)} is too large to be read (${stat.size} bytes).`,
				'Look at what is in it: no such file needs to be that large.',
			);
		}
		const buffer = Buffer.alloc(Math.min(stat.size, bytes ?? stat.size));
		let length = 0;
		while (length < buffer.length) {
			const count = readSync(descriptor, buffer, length, buffer.length - length, length);
			if (count === 0) break;
			length += count;
		}
		return buffer.subarray(0, length);
	} catch (error) {
		if (isMissing(error)) return undefined;
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${shownPath(path)} cannot be read: ${failure(error)}`, 'Make it readable.');
	} finally {
		if (descriptor !== undefined) closeRead(descriptor);
	}
}

/** What was read is there, whatever the system says now. */
function closeRead(descriptor: number): void {
	try {
		closeSync(descriptor);
	} catch {}
}

/** The text of a regular file, or undefined when there is none; of a longer one the first `bytes`. Throws a UsageError. */
export function readText(path: string, bytes?: number): string | undefined {
	return readBuffer(path, bytes)?.toString('utf8');
}

/** The same with one character per byte, so that what is put back or compared is exact. */
function readBytes(path: string): string | undefined {
	return readBuffer(path, undefined)?.toString('latin1');
}

/** Something is at the path, even a link that leads nowhere. */
export function isThere(path: string): boolean {
	try {
		return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
	} catch (error) {
		throw new UsageError(`${shownPath(path)} cannot be read: ${failure(error)}`, 'Make it readable.');
	}
}

/** As `readBytes` reads it; what a link out of the folder leads to is somebody else's, and not there. */
export function readOwnBytes(folder: string, path: string): string | undefined {
	const real = realPath(join(folder, path));
	return real === undefined || isInside(folder, real) ? readBytes(join(folder, path)) : undefined;
}

/** For a file that may help but that nothing depends on: whatever is wrong with it, it is not there. */
export function readTextIfAny(path: string, bytes?: number): string | undefined {
	try {
		return readText(path, bytes);
	} catch {
		return undefined;
	}
}

type FileKind = 'file' | 'directory' | 'other';

/** Follows links; undefined when nothing is there, or where a link leads. */
export function kindOf(path: string): FileKind | undefined {
	try {
		const stat = statSync(path, { throwIfNoEntry: false });
		if (stat === undefined) return undefined;
		if (stat.isDirectory()) return 'directory';
		return stat.isFile() ? 'file' : 'other';
	} catch {
		return undefined;
	}
}

export function isLink(path: string): boolean {
	try {
		return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
	} catch {
		return false;
	}
}

const NETWORK_PATH = /^[\\/]{2}/;

/**
 * The path without links, or undefined when nothing is there. The system's own function also mends its case, but fails on some
 * disks (RAM disks, paths over 260 characters), and of a mapped drive makes the network path, in which no `.cmd` can run.
 */
export function realPath(path: string): string | undefined {
	try {
		const real = realpathSync.native(path);
		if (!NETWORK_PATH.test(real) || NETWORK_PATH.test(path)) return real;
	} catch {}
	try {
		return realpathSync(path);
	} catch {
		return kindOf(path) === undefined ? undefined : resolve(path);
	}
}

/** The same for a file that may not be there yet: its folders without links. */
export function realPlace(path: string): string {
	const parent = dirname(path);
	return realPath(path) ?? (parent === path ? path : join(realPlace(parent), basename(path)));
}

interface FolderEntry {
	readonly name: string;
	/** A link is neither: ask `kindOf` where it leads. */
	readonly kind: 'file' | 'directory' | 'link' | 'other';
}

/** Sorted by name; of a folder with more entries than `limit`, only that many; empty when there is no such folder. */
export function listFolder(path: string, limit: number): readonly FolderEntry[] {
	const entries: FolderEntry[] = [];
	if (kindOf(path) !== 'directory') return entries;
	try {
		const folder = opendirSync(path, { bufferSize: 256 });
		try {
			for (let entry = folder.readSync(); entry !== null && entries.length < limit; entry = folder.readSync()) {
				const kind = entry.isFile()
					? 'file'
					: entry.isDirectory()
						? 'directory'
						: entry.isSymbolicLink()
							? 'link'
							: 'other';
				entries.push({ name: entry.name, kind });
			}
		} finally {
			folder.closeSync();
		}
	} catch {
		return [];
	}
	return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const KIND_OF_OUTPUT = 6;

/** Puts an output into a file of its own, or over an older output of the same kind; else says in a sentence why not. */
export function writeOutput(path: string, output: string | Uint8Array): string | undefined {
	const bytes = Buffer.from(output);
	try {
		const older = readBytes(path);
		if (older !== undefined && older.slice(0, KIND_OF_OUTPUT) !== bytes.toString('latin1', 0, KIND_OF_OUTPUT))
			return `${shownPath(path)} is there already and was not written by this command. Name another file with --output.`;
		writeFileSync(path, bytes);
		return undefined;
	} catch (error) {
		return `${shownPath(path)} cannot be written: ${failure(error)}`;
	}
}
