import {
	accessSync,
	closeSync,
	constants,
	copyFileSync,
	fchmodSync,
	fsyncSync,
	lstatSync,
	mkdirSync,
	openSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmdirSync,
	rmSync,
	statfsSync,
	statSync,
	writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { printable } from '../lib/sanitize.ts';
import { isMissing } from '../system/files.ts';
import { temporaryPath, removeQuietly } from './temporary-files.ts';

/** A file to be there at the end; contents hold one character per byte. */
export interface FileWrite {
	readonly path: string;
	readonly content: string;
	/** What has to be there when it is written: `undefined` for nothing. */
	readonly before: string | undefined;
	/** A free name beside it under which the old file is kept for good. */
	readonly backup?: string;
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

function reasonOf(error: unknown): string {
	const { code = '', message } = error as NodeJS.ErrnoException;
	return REASONS[code] ?? printable(message);
}

function attempt<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === undefined) throw error;
		throw new WriteError(`${printable(path)} cannot be written: ${reasonOf(error)}.`, { cause: error });
	}
}

/** Renaming onto a link would replace the link, so its target is what is written. */
function resolveLink(path: string): string {
	try {
		return realpathSync(path);
	} catch (error) {
		if (isMissing(error)) return path;
		throw error;
	}
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

function checkFile(path: string, bytes: number): void {
	const target = resolveLink(path);
	const folder = existingParent(target);
	if (!statSync(folder).isDirectory())
		throw new WriteError(`${printable(path)} cannot be written: ${printable(folder)} is not a folder.`);
	accessSync(folder, constants.W_OK | constants.X_OK);
	if (statSync(target, { throwIfNoEntry: false }) !== undefined) accessSync(target, constants.W_OK);
	if (!hasRoom(folder, bytes)) throw new WriteError(`${printable(path)} cannot be written: the disk is full.`);
}

/** Throws a WriteError for what can be known before anything is changed. */
export function checkWritable(writes: readonly FileWrite[]): void {
	const needed = writes.reduce((bytes, { content, before = '' }) => bytes + content.length + before.length, 0);
	for (const { path } of writes) attempt(path, () => checkFile(path, needed));
}

/** A new file, on the disk when this returns. */
export function writeDurably(path: string, bytes: Uint8Array, mode: number | undefined): void {
	const descriptor = openSync(path, 'wx');
	try {
		if (mode !== undefined) fchmodSync(descriptor, mode & 0o7777);
		for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

interface Step {
	readonly path: string;
	readonly takeBack: () => void;
	/** Where the old content is, if it cannot be put back. */
	readonly kept?: string;
}

/** What was done, first to last. */
type Undo = Step[];

/** Makes the folder and every missing one above it. */
function makeFolder(folder: string, undo: Undo): void {
	if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
	makeFolder(dirname(folder), undo);
	mkdirSync(folder);
	undo.push({ path: folder, takeBack: () => rmdirSync(folder) });
}

/** Between the look and the write there may be a question and an install, and somebody with an editor. */
function checkUnchanged(path: string, before: string | undefined): void {
	const found =
		lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'latin1') : undefined;
	if (found !== before)
		throw new WriteError(`${printable(path)} was changed while this ran, so nothing is written over it.`);
}

function syncFile(path: string): void {
	const descriptor = openSync(path, 'r+');
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** A copy of the old content under its name as soon as it is whole. */
function keep(target: string, backup: string | undefined): void {
	const copy = temporaryPath(target, 'undo');
	try {
		copyFileSync(target, copy, constants.COPYFILE_EXCL);
		syncFile(copy);
		if (backup === undefined) return;
		checkUnchanged(backup, undefined);
		renameSync(copy, backup);
	} catch (error) {
		removeQuietly(copy);
		throw error;
	}
}

interface Draft {
	readonly path: string;
	/** Puts the new content in its place. */
	readonly rename: () => void;
	/** The copy of the old content that nobody wants any more when all is done. */
	readonly undo: string;
}

/** Writes the new content beside the file, and a copy of the old one. */
function draft({ path, content, before, backup }: FileWrite, undo: Undo): Draft {
	const target = resolveLink(path);
	checkUnchanged(target, before);
	makeFolder(dirname(target), undo);
	const drafted = temporaryPath(target, 'draft');
	undo.push({ path: drafted, takeBack: () => rmSync(drafted, { force: true }) });
	writeDurably(drafted, Buffer.from(content, 'latin1'), statSync(target, { throwIfNoEntry: false })?.mode);
	if (before === undefined) {
		const rename = () => {
			renameSync(drafted, target);
			undo.push({ path: target, takeBack: () => rmSync(target) });
		};
		return { path, rename, undo: temporaryPath(target, 'undo') };
	}
	const kept = backup ?? temporaryPath(target, 'undo');
	let isReplaced = false;
	keep(target, backup);
	undo.push({ path: kept, takeBack: () => isReplaced || rmSync(kept) });
	const rename = () => {
		renameSync(drafted, target);
		isReplaced = true;
		const takeBack = () => {
			renameSync(kept, target);
			isReplaced = false;
		};
		undo.push({ path: target, takeBack, kept });
	};
	return { path, rename, undo: temporaryPath(target, 'undo') };
}

/** Every step is tried; gives a sentence for each that failed. */
function takeBack(undo: Undo): string[] {
	return undo.toReversed().flatMap((step) => {
		try {
			step.takeBack();
			return [];
		} catch (error) {
			const kept = step.kept === undefined ? '' : ` What was there is in ${printable(step.kept)}.`;
			return [`${printable(step.path)} cannot be put back: ${reasonOf(error)}.${kept}`];
		}
	});
}

function verify({ path, content }: FileWrite): void {
	if (readFileSync(path, 'latin1') !== content)
		throw new WriteError(`${printable(path)} does not hold what was written to it.`);
}

/** All of the files or none: drafts first, renames last, then a look that they are there. Throws a WriteError. */
export function writeFiles(writes: readonly FileWrite[]): void {
	const undo: Undo = [];
	const drafts: Draft[] = [];
	try {
		for (const write of writes) drafts.push(attempt(write.path, () => draft(write, undo)));
		for (const { path, rename } of drafts) attempt(path, rename);
		for (const write of writes) attempt(write.path, () => verify(write));
	} catch (error) {
		const notRestored = takeBack(undo);
		throw error instanceof WriteError ? new WriteError(error.message, { cause: error.cause, notRestored }) : error;
	}
	for (const { undo: copy } of drafts) removeQuietly(copy);
}
