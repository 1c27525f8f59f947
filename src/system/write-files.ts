import {
	accessSync, closeSync, constants, copyFileSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync,
	realpathSync, renameSync, rmdirSync, rmSync, statfsSync, statSync, writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMissing } from './files.ts';

/** A file to be there at the end; `content` holds one character per byte. */
export interface FileWrite {
	readonly path: string;
	readonly content: string;
}

/** The disk refused: which path, and why in words. */
export class WriteError extends Error {
	override readonly name = 'WriteError';
}

const REASONS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EPERM: 'operation not permitted',
	EROFS: 'the file system is read-only',
	ENOSPC: 'the disk is full',
	EDQUOT: 'the disk quota is used up',
	EMFILE: 'too many files are open',
	EIO: 'the disk reports an error',
	ENOTDIR: 'a parent is not a folder',
	EISDIR: 'it is a folder',
};

function refused(path: string, error: unknown): WriteError {
	const { code = '', message } = error as NodeJS.ErrnoException;
	return new WriteError(`${path} cannot be written: ${REASONS[code] ?? message}.`, { cause: error });
}

function attempt<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		throw error instanceof WriteError ? error : refused(path, error);
	}
}

/** Renaming onto a link would replace the link, so its target is what is written. */
function resolveLink(path: string): string {
	try {
		return realpathSync(path);
	} catch (error) {
		if (isMissing(error)) return path;
		throw refused(path, error);
	}
}

function existingParent(path: string): string {
	const parent = dirname(path);
	return statSync(parent, { throwIfNoEntry: false }) === undefined ? existingParent(parent) : parent;
}

/** Throws a WriteError for what can be known before anything is changed. */
export function checkWritable(writes: readonly FileWrite[]): void {
	const needed = writes.reduce((bytes, { content }) => bytes + content.length, 0);
	for (const { path } of writes) {
		attempt(path, () => {
			const folder = existingParent(resolveLink(path));
			if (!statSync(folder).isDirectory()) throw new WriteError(`${path} cannot be written: ${folder} is not a folder.`);
			accessSync(folder, constants.W_OK | constants.X_OK);
			const { bavail, bsize } = statfsSync(folder);
			if (bavail * bsize < needed) throw new WriteError(`${path} cannot be written: the disk is full.`);
		});
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/** A name beside the file, so that a rename stays on one file system; the process id tells a later run whether it was left behind. */
function besides(target: string, role: 'draft' | 'undo'): string {
	return join(dirname(target), `.${basename(target)}.${process.pid}.flue-${role}`);
}

/** Removes what a run that was killed has left beside the file. */
function removeLeftovers(target: string): void {
	const prefix = `.${basename(target)}.`;
	for (const name of readdirSync(dirname(target))) {
		const [, pid] = /\.(\d+)\.flue-(?:draft|undo)$/.exec(name) ?? [];
		if (name.startsWith(prefix) && pid !== undefined && !isRunning(Number(pid))) rmSync(join(dirname(target), name));
	}
}

function writeDurably(path: string, content: string, mode: number | undefined): void {
	const descriptor = openSync(path, 'wx', mode);
	try {
		const bytes = Buffer.from(content, 'latin1');
		for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** Steps that take back what was done, run from the last to the first. */
type Undo = (() => void)[];

/** Makes the folder and every missing one above it. */
function makeFolder(folder: string, undo: Undo): void {
	if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
	makeFolder(dirname(folder), undo);
	mkdirSync(folder);
	undo.push(() => rmdirSync(folder));
}

/** Writes the new content beside the file, and a copy of the old one. Gives the step that puts the new one in its place. */
function draft({ path, content }: FileWrite, undo: Undo): () => void {
	const target = resolveLink(path);
	makeFolder(dirname(target), undo);
	removeLeftovers(target);
	const mode = statSync(target, { throwIfNoEntry: false })?.mode;
	const drafted = besides(target, 'draft');
	undo.push(() => rmSync(drafted, { force: true }));
	writeDurably(drafted, content, mode === undefined ? undefined : mode & 0o777);
	if (mode === undefined) {
		return () => {
			renameSync(drafted, target);
			undo.push(() => rmSync(target));
		};
	}
	const kept = besides(target, 'undo');
	undo.push(() => rmSync(kept, { force: true }));
	copyFileSync(target, kept, constants.COPYFILE_EXCL);
	return () => {
		renameSync(drafted, target);
		undo.push(() => renameSync(kept, target));
	};
}

function takeBack(undo: Undo): void {
	for (const step of undo.toReversed()) {
		try {
			step();
		} catch {
			// The next steps still have to be tried; what failed to be written is reported already.
		}
	}
}

function verify({ path, content }: FileWrite): void {
	if (readFileSync(path, 'latin1') !== content) throw new WriteError(`${path} does not hold what was written to it.`);
}

/** All of the files or none: drafts first, renames last, then a look that they are there. Throws a WriteError. */
export function writeFiles(writes: readonly FileWrite[]): void {
	const undo: Undo = [];
	try {
		const renames = writes.map((write) => ({ write, rename: attempt(write.path, () => draft(write, undo)) }));
		for (const { write, rename } of renames) attempt(write.path, rename);
		for (const write of writes) attempt(write.path, () => verify(write));
	} catch (error) {
		takeBack(undo);
		throw error;
	}
	for (const { path } of writes) rmSync(besides(resolveLink(path), 'undo'), { force: true });
}
