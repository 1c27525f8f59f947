import {
	accessSync,
	closeSync,
	constants,
	fsyncSync,
	ftruncateSync,
	lstatSync,
	mkdirSync,
	openSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmdirSync,
	statfsSync,
	statSync,
	writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { isInside } from '../lib/paths.ts';
import { printable } from '../lib/sanitize.ts';
import { isMissing } from '../system/files.ts';
import { copyFile } from './copy-file.ts';
import { draftPath, removeQuietly } from './drafts.ts';

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

function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? '';
}

/** Throws a WriteError in the place of what the system says. */
function attempt<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof WriteError || codeOf(error) === '') throw error;
		const reason = REASONS[codeOf(error)] ?? printable((error as Error).message);
		throw new WriteError(`${printable(path)} cannot be written: ${reason}.`, { cause: error });
	}
}

function changed(path: string): WriteError {
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

/** Some network and Windows mounts, and `node --permission`, know no fsync; what a disk reports of itself counts. */
function sync(descriptor: number): void {
	try {
		fsyncSync(descriptor);
	} catch (error) {
		if (['ENOSPC', 'EDQUOT', 'EIO'].includes(codeOf(error))) throw error;
	}
}

/** `flags` as of `open`: "wx" for a new file, "r+" to write over one. */
function writeContent(path: string, content: string, flags: 'wx' | 'r+'): void {
	const bytes = Buffer.from(content, 'latin1');
	const descriptor = openSync(path, flags);
	try {
		for (let offset = 0; offset < bytes.length;)
			offset += writeSync(descriptor, bytes, offset, bytes.length - offset, offset);
		if (flags === 'r+') ftruncateSync(descriptor, bytes.length);
		sync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** Makes the folder and every missing one above it, and adds those to `made`. */
function makeFolders(folder: string, made: string[]): void {
	if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
	makeFolders(dirname(folder), made);
	mkdirSync(folder);
	made.push(folder);
}

/** Whether the content is there already, which a second run may have written; throws when something else is there than before. */
function isWritten({ path, place, content, before }: PlacedWrite): boolean {
	const stat = lstatSync(place, { throwIfNoEntry: false });
	if (stat === undefined && before === undefined) return false;
	if (stat?.isFile() !== true) throw changed(path);
	const found = readFileSync(place, 'latin1');
	if (found === content) return true;
	if (found !== before) throw changed(path);
	return false;
}

/** The new content beside the file, with the owner, the permissions and all else that the file has. */
function makeDraft({ place, content, before }: PlacedWrite): string {
	const draft = draftPath(place);
	try {
		if (before !== undefined) copyFile(place, draft);
		writeContent(draft, content, before === undefined ? 'wx' : 'r+');
		return draft;
	} catch (error) {
		removeQuietly(draft);
		throw error;
	}
}

/** Where no rename is possible, as on a file that is a mount of its own. What is there has room for what was there. */
function writeInPlace({ place, content, before }: PlacedWrite): void {
	try {
		writeContent(place, content, before === undefined ? 'wx' : 'r+');
	} catch (error) {
		if (before === undefined) removeQuietly(place);
		else writeContent(place, before, 'r+');
		throw error;
	}
}

const REFUSED = new Set(['EBUSY', 'EPERM', 'EACCES', 'EXDEV']);
const RETRY_FOR = 1000;

/** On Windows a scanner or an editor may have the file open for a moment. */
function renameWhenFree(draft: string, place: string): void {
	for (const end = Date.now() + RETRY_FOR; ;) {
		try {
			renameSync(draft, place);
			return;
		} catch (error) {
			if (process.platform !== 'win32' || !REFUSED.has(codeOf(error)) || Date.now() > end) throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
		}
	}
}

function putInPlace(write: PlacedWrite, draft: string): void {
	try {
		renameWhenFree(draft, write.place);
	} catch (error) {
		if (codeOf(error) === 'ENOENT') renameWhenFree(makeDraft(write), write.place);
		else if (REFUSED.has(codeOf(error))) writeInPlace(write);
		else throw error;
	} finally {
		removeQuietly(draft);
	}
}

/** A copy under the name of the backup as soon as it is whole. */
function keepBackup({ path, place, before }: PlacedWrite, backup: string): void {
	if (lstatSync(backup, { throwIfNoEntry: false }) !== undefined) throw changed(backup);
	const draft = draftPath(place);
	try {
		copyFile(place, draft);
		// Another run may just have replaced the file: then its backup is the one that counts.
		if (readFileSync(draft, 'latin1') !== before) throw changed(path);
		renameSync(draft, backup);
	} catch (error) {
		removeQuietly(draft);
		throw error;
	}
}

/** Somebody may have saved the file since the drafts were written, so it is looked at once more. */
function replace(write: PlacedWrite, draft: string): void {
	if (write.backup !== undefined) keepBackup(write, write.backup);
	try {
		if (isWritten(write)) removeQuietly(draft);
		else putInPlace(write, draft);
	} catch (error) {
		const isKept = write.before !== undefined && readFileSync(write.place, 'latin1') === write.before;
		if (write.backup !== undefined && isKept) removeQuietly(write.backup);
		throw error;
	}
}

/**
 * Drafts first, then renames: each file is old or new at every moment. Throws a WriteError that names the files which were
 * written before the disk refused.
 */
export function writeFiles(root: string, placed: readonly PlacedWrite[]): void {
	const folders: string[] = [];
	const drafts = new Map<PlacedWrite, string>();
	const written: string[] = [];
	try {
		const now = placeWrites(root, placed);
		for (const [index, write] of placed.entries()) {
			if (now[index]?.place !== write.place) throw changed(write.path);
			attempt(write.path, () => {
				if (isWritten(write)) return;
				makeFolders(dirname(write.place), folders);
				drafts.set(write, makeDraft(write));
			});
		}
		for (const [write, draft] of drafts) {
			attempt(write.path, () => replace(write, draft));
			written.push(write.path);
		}
	} catch (error) {
		for (const draft of drafts.values()) removeQuietly(draft);
		for (const folder of folders.toReversed()) removeFolder(folder);
		throw error instanceof WriteError ? new WriteError(error.message, { cause: error.cause, written }) : error;
	}
}

/** Only an empty one goes. */
function removeFolder(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {}
}
