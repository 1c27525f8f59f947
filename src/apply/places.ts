import { accessSync, constants, lstatSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { isInside } from '../lib/paths.ts';
import { printable } from '../lib/sanitize.ts';
import { isMissing } from '../system/files.ts';

/** A file to be there at the end; contents hold one character per byte. */
export interface FileWrite {
	readonly path: string;
	readonly content: string;
	/** What has to be there when it is written: `undefined` for nothing. */
	readonly before: string | undefined;
	/** A free name beside it under which the old file is kept for good. */
	readonly backup?: string;
}

/** A write, and the file that it reaches when all links are followed. */
export interface PlacedWrite extends FileWrite {
	readonly place: string;
}

const REASONS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EPERM: 'operation not permitted',
	EROFS: 'the file system is read-only',
	ENOSPC: 'the disk is full',
	EDQUOT: 'the disk quota is used up',
	EFBIG: 'the file would be larger than is allowed',
	EMFILE: 'too many files are open',
	EIO: 'the disk reports an error',
	ENOTDIR: 'a parent is not a folder',
	EISDIR: 'it is a folder',
};

export function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? '';
}

/** Throws a WriteError in the place of what the system says. */
export function attempt<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof WriteError || codeOf(error) === '') throw error;
		const reason = REASONS[codeOf(error)] ?? printable((error as Error).message);
		throw new WriteError(`${printable(path)} cannot be written: ${reason}.`, { cause: error });
	}
}

export function changed(path: string): WriteError {
	return new WriteError(`${printable(path)} was changed while this ran, so nothing is written over it.`);
}

/** The path with its links resolved, as far as it exists. */
function resolvePlace(path: string): string {
	try {
		return realpathSync(path);
	} catch (error) {
		if (!isMissing(error)) throw error;
		if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw changed(path);
		return join(resolvePlace(dirname(path)), basename(path));
	}
}

/** Where the files will be. Throws a WriteError for one that a link leads out of the project. */
export function placeWrites(root: string, writes: readonly FileWrite[]): PlacedWrite[] {
	return writes.map((write) =>
		attempt(write.path, () => {
			const place = resolvePlace(write.path);
			if (!isInside(realpathSync(root), place))
				throw new WriteError(`${printable(write.path)} leads through a link out of the project.`);
			return { ...write, place };
		}),
	);
}

function existingParent(path: string): string {
	const parent = dirname(path);
	return statSync(parent, { throwIfNoEntry: false }) === undefined ? existingParent(parent) : parent;
}

/** A file system that tells nothing about its size is taken for large enough. */
function hasRoom(folder: string, bytes: number): boolean {
	try {
		const { bavail, bsize, blocks } = statfsSync(folder);
		return blocks === 0 || bavail * bsize >= bytes;
	} catch {
		return true;
	}
}

function checkPlace(path: string, place: string, bytes: number): void {
	const folder = existingParent(place);
	if (!statSync(folder).isDirectory())
		throw new WriteError(`${printable(path)} cannot be written: ${printable(folder)} is not a folder.`);
	accessSync(folder, constants.W_OK | constants.X_OK);
	if (statSync(place, { throwIfNoEntry: false }) !== undefined) accessSync(place, constants.W_OK);
	if (!hasRoom(folder, bytes)) throw new WriteError(`${printable(path)} cannot be written: the disk is full.`);
}

/** Throws a WriteError for what can be known before anything is changed. */
export function checkWritable(writes: readonly PlacedWrite[]): void {
	const needed = writes.reduce((bytes, { content, before = '' }) => bytes + content.length + before.length, 0);
	for (const { path, place } of writes) attempt(path, () => checkPlace(path, place, needed));
}
